use super::Rules;

/// What is asked for: it says which options apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// The items of a collection: every option does.
    Collection,
    /// One item: only `$select`, `$expand` and `$format` do.
    Entity,
    /// The number of items of a collection: only `$filter`, `$search` and `$format` do.
    Count,
    /// The model: only `$format` does.
    Metadata,
    /// Anything else: none does.
    Nothing,
    /// The items of a collection, inside `$expand`: every option does but `$format` and
    /// `$skiptoken`.
    ExpandedMany,
    /// One item, inside `$expand`: only `$select` and `$expand` do.
    ExpandedOne,
}

/// The system query options that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Count,
    Expand,
    Filter,
    Format,
    OrderBy,
    Search,
    Select,
    Skip,
    SkipToken,
    Top,
}

impl Name {
    const ALL: [Self; 10] = [
        Self::Count,
        Self::Expand,
        Self::Filter,
        Self::Format,
        Self::OrderBy,
        Self::Search,
        Self::Select,
        Self::Skip,
        Self::SkipToken,
        Self::Top,
    ];

    /// The option with that name, compared without regard to case.
    pub(super) fn find(name: &str, rules: Rules) -> Option<Self> {
        Self::ALL.into_iter().find(|known| {
            let bare = known.name().trim_start_matches('$');
            name.eq_ignore_ascii_case(known.name()) || (rules.bare_names && name.eq_ignore_ascii_case(bare))
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Count => "$count",
            Self::Expand => "$expand",
            Self::Filter => "$filter",
            Self::Format => "$format",
            Self::OrderBy => "$orderby",
            Self::Search => "$search",
            Self::Select => "$select",
            Self::Skip => "$skip",
            Self::SkipToken => "$skiptoken",
            Self::Top => "$top",
        }
    }

    /// How Graph begins errors about its value.
    ///
    /// Source: traces of Graph; for `$orderby`, which has none, pnp/pnpjs#2316.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Filter => "Invalid filter clause: ",
            Self::Select | Self::Expand => "Parsing OData Select and Expand failed: ",
            Self::Count
            | Self::Format
            | Self::OrderBy
            | Self::Search
            | Self::Skip
            | Self::SkipToken
            | Self::Top => "",
        }
    }

    pub(super) const fn applies(self, to: Applies) -> bool {
        match to {
            Applies::Collection => true,
            Applies::Entity => matches!(self, Self::Select | Self::Expand | Self::Format),
            Applies::Count => matches!(self, Self::Filter | Self::Search | Self::Format),
            Applies::Metadata => matches!(self, Self::Format),
            Applies::Nothing => false,
            Applies::ExpandedMany => !matches!(self, Self::Format | Self::SkipToken),
            Applies::ExpandedOne => matches!(self, Self::Select | Self::Expand),
        }
    }
}
