//! The floor of the benchmark: what a GET costs with axum, a map and JSON, and nothing else. No tokens, no store,
//! no ids, no errors. `gangway-floor N` serves the partners `00000000-0000-7000-8000-00000000000n`.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
struct Partner {
    #[serde(rename = "@odata.context")]
    context: &'static str,
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    id: String,
    #[serde(rename = "displayName")]
    display_name: String,
    #[serde(rename = "onboardingUrl")]
    onboarding_url: Option<String>,
    #[serde(rename = "onboardingStatus")]
    onboarding_status: &'static str,
    #[serde(rename = "lastConnectionDateTime")]
    last_connection: &'static str,
}

type Partners = Arc<HashMap<String, Partner>>;

async fn partner(
    State(partners): State<Partners>,
    Path(id): Path<String>,
) -> Result<Json<Partner>, StatusCode> {
    partners.get(&id).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}

fn sample(n: u64) -> (String, Partner) {
    let id = format!("00000000-0000-7000-8000-{n:012x}");
    let partner = Partner {
        context: "http://127.0.0.1:8080/v1.0/$metadata#deviceManagement/remoteAssistancePartners/$entity",
        odata_type: "#microsoft.graph.remoteAssistancePartner",
        id: id.clone(),
        display_name: format!("Partner {n}"),
        onboarding_url: Some("https://example.com/onboardingUrl/".into()),
        onboarding_status: "onboarded",
        last_connection: "2026-11-23T12:00:00Z",
    };
    (id, partner)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let count = std::env::args().nth(1).map_or(Ok(10_000), |n| n.parse())?;
    let partners: Partners = Arc::new((0..count).map(sample).collect());
    let routes = Router::new()
        .route("/v1.0/deviceManagement/remoteAssistancePartners/{id}", get(partner))
        .with_state(partners);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    say(&format!("listening on http://{}", listener.local_addr()?));
    axum::serve(listener, routes).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the benchmark reads the address from here")]
fn say(text: &str) {
    println!("{text}");
}
