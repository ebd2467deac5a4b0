//! What the operator, and who else may, can see and do about releases.

mod exit_codes;
mod forced;
mod obstacles;
mod permissions;
mod previewed;
mod simulated;
