//! Several servers over one database: any of them may be asked, and any of them may go.

mod cluster;
mod database;
mod example;
mod keys;
mod releases;
mod requests;
