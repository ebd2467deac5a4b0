use clap::Args;
use serde_json::{Value, json};

use super::common::{DataArg, Server};
use crate::connector::Behaviour;
use crate::system::terminal::say;

/// What `gangway simulated` takes.
#[derive(Debug, Args)]
pub(super) struct SimulatedArgs {
    /// How it behaves from now on
    #[arg(value_name = "BEHAVIOUR", value_parser = behaviour)]
    behaviour: Behaviour,
    #[command(flatten)]
    data: DataArg,
}

fn behaviour(word: &str) -> Result<Behaviour, String> {
    Behaviour::from_word(word).ok_or_else(|| {
        let words: Vec<_> = Behaviour::ALL.iter().map(|behaviour| behaviour.as_str()).collect();
        format!("it can be: {}", words.join(", "))
    })
}

/// Turns the simulated partner's dial.
pub(super) fn run(arguments: &SimulatedArgs) -> Result<(), String> {
    let server = Server::over(&arguments.data.or_default())?;
    let body = json!({ "behaviour": arguments.behaviour.as_str() });
    let _: Value = server.post("/gangway/v1/simulated", Some(&body))?;
    say(&format!("the simulated partner is now {}", arguments.behaviour.as_str()));
    Ok(())
}
