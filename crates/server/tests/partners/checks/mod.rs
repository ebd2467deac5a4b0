mod caller;
mod faults;
mod gates;
mod oauth;
mod oauth_setup;
mod teamviewer;
mod tls;
mod unruly;
