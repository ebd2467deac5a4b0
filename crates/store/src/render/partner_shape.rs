use gangway_domain::{OnboardingStatus, Property};
use gangway_engine::SortKey;
use gangway_graph::schema::ONBOARDING_STATUS;

use super::column::{Column, Shape, nullable, plain};

/// `remoteAssistancePartner`
pub(super) const PARTNER: Shape = Shape { column, collection: |_| None };

/// When nothing expires the wire shows the first moment there is, [`gangway_domain::Timestamp::NEVER`].
const EXPIRES: &str = "COALESCE(item.attempt_expires, -621355968000000000)";

fn column(names: &[&str]) -> Option<Column> {
    let [name] = names else { return None };
    let property = Property::ALL.into_iter().find(|property| property.name() == *name)?;
    Some(match property {
        Property::Id => Column::Id("item.id"),
        Property::DisplayName => plain("item.display_name"),
        // While it is onboarding the wire shows a page of ours, whose address the database does not know: what is filtered
        // and sorted by is the partner's own URL, which is shown before and after.
        Property::OnboardingUrl => nullable("item.onboarding_url"),
        Property::OnboardingStatus => Column::Words { sql: "item.status", words: statuses() },
        Property::LastConnectionDateTime => plain("item.last_connection"),
        Property::OnboardingRequestExpiryDateTime => plain(EXPIRES),
    })
}

/// Members of an enumeration are compared by their place in it.
fn statuses() -> Vec<(&'static str, SortKey)> {
    use OnboardingStatus as S;
    let place = |word: &str| ONBOARDING_STATUS.members.iter().position(|member| *member == word);
    let all = [S::NotOnboarded, S::Onboarding, S::Onboarded].map(S::as_str);
    all.into_iter()
        .filter_map(|word| Some((word, SortKey::Integer(i64::try_from(place(word)?).ok()?))))
        .collect()
}
