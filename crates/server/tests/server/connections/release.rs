//! What becomes of a connection that is cut.

mod chaos;
mod departed;
mod families;
mod faults;
mod killed;
mod oauth;
mod proof;
mod racing;
mod rotation;
mod teamviewer;
mod tokens;
mod under_way;
