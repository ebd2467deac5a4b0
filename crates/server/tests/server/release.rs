//! What becomes of a connection that is cut.

mod departed;
mod faults;
mod killed;
mod oauth;
mod proof;
mod racing;
mod teamviewer;
