mod chain;
mod export;
