//! What becomes of a connection that is cut.

mod oauth;
mod proof;
mod teamviewer;
