//! What the operator, and who else may, can see and do about releases.

mod forced;
mod permissions;
mod previewed;
mod simulated;
