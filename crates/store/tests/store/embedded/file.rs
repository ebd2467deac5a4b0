mod backup;
mod closing;
mod opening;
mod upgrade;
