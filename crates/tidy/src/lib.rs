//! What the sources say of themselves: what types are called, and which file names which. Only the tests of this crate ask, and
//! they look at product code only: what is compiled in tests alone is left out.
#![deny(missing_docs)]

mod names;
mod references;
mod sources;

pub use names::shared_names;
pub use references::{References, circles, references, rooms};
pub use sources::{Crate, Module, of_workspace, root};
