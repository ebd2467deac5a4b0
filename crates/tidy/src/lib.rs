//! What the sources say of themselves: what types are called, which file names which, how many
//! files a folder has, and how long functions are. Only the tests of this crate ask. They look at
//! product code only: what is compiled in tests alone is left out, except where files are counted.
#![deny(missing_docs)]

mod folders;
mod functions;
mod names;
mod references;
mod sources;

pub use folders::folders;
pub use functions::{Function, functions};
pub use names::shared_names;
pub use references::{References, circles, references, rooms};
pub use sources::{Crate, Module, of_workspace, root};
