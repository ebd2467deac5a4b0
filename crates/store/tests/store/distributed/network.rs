//! What becomes of a store whose database is slow to answer, far away or gone.

mod gone;
mod hosts;
mod lost;
mod tls;
mod unheard;
