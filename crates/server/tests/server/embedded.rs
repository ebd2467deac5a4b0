//! What is only about the file of the embedded store, and so is not tested over PostgreSQL:
//!
//! - `backup`: backups, which PostgreSQL makes itself;
//! - `copy`: everything from a file to PostgreSQL and back;
//! - `faults`: a full disk, a file that is locked, damaged, no database, or of a newer program, and the files of the data
//!   directory;
//! - `one_file`: what is left in the file of a secret that was destroyed, a store whose keys are lost (a store that servers
//!   share is not opened without them), commands without any database, and a server without keys.

mod backup;
mod copy;
mod faults;
mod one_file;
