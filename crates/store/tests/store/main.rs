//! The stores, from outside: what the port promises, for every backend; and what only the embedded one does.

mod contract;
mod embedded;
mod samples;
