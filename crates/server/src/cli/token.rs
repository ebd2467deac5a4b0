use std::path::Path;

use clap::Args;
use gangway_engine::Clock as _;
use uuid::Uuid;

use super::common::DataArg;
use crate::app::dev;
use crate::identity::{DevIssuer, TokenKind, TokenRequest};
use crate::system::SystemClock;
use crate::system::terminal::say;

/// What `gangway token` takes.
#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    #[command(flatten)]
    data: DataArg,
    /// The tenant it is for
    #[arg(long, value_name = "GUID", default_value_t = dev::TENANT.0)]
    tenant: Uuid,
    /// The delegated permissions of a user's token, separated by spaces
    #[arg(long, value_name = "\"A B\"", default_value = dev::SCOPE, conflicts_with = "app")]
    scope: String,
    /// A token of an application by itself
    #[arg(long)]
    app: bool,
    /// A permission of an application; may be given more than once
    #[arg(long, value_name = "R", requires = "app")]
    role: Vec<String>,
    /// A token of a personal Microsoft account
    #[arg(long, conflicts_with = "app")]
    personal: bool,
    /// Lifetime; a negative number makes a token that has expired
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, allow_negative_numbers = true)]
    expires: i64,
}

/// Prints a token, and nothing else.
pub(super) fn run(arguments: &TokenArgs) -> Result<(), String> {
    let token = mint(&arguments.data.or_default(), arguments)?;
    say(&token);
    Ok(())
}

fn mint(data: &Path, arguments: &TokenArgs) -> Result<String, String> {
    let issuer = DevIssuer::open(data).map_err(|error| error.to_string())?;
    let scopes = arguments.scope.split_whitespace().map(str::to_owned).collect();
    let kind = if arguments.app {
        TokenKind::Application { roles: arguments.role.clone() }
    } else if arguments.personal {
        TokenKind::Personal { scopes }
    } else {
        TokenKind::Delegated { scopes }
    };
    let request = TokenRequest { tenant: arguments.tenant, kind, expires_in: arguments.expires };
    issuer.mint(&request, SystemClock.now()).map_err(|error| error.to_string())
}
