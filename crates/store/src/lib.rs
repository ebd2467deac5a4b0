//! OData.
