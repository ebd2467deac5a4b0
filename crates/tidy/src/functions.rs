//! How long functions are, and which of them are tables.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, Expr, Signature};

use crate::{Crate, Module};

/// A function that has a body.
#[derive(Debug)]
pub struct Function {
    /// The module it is in, and its name.
    pub path: Vec<String>,
    /// Its lines, from `fn` to the closing brace.
    pub lines: usize,
    /// The lines of the longest table in it.
    pub table: usize,
}

impl Function {
    /// Whether it is mostly a table, which is read line by line and is no easier to read in parts.
    #[must_use]
    pub const fn is_table(&self) -> bool {
        self.table * 2 > self.lines
    }
}

/// A `match` with longer arms than this is code, and no table.
const LONGEST_ARM: usize = 12;

/// The functions of a crate, without those that are compiled in tests only.
#[must_use]
pub fn functions(of: &Crate) -> Vec<Function> {
    of.modules.iter().flat_map(|(path, module)| in_module(path, module)).collect()
}

fn in_module(path: &[String], module: &Module) -> Vec<Function> {
    let mut found = Functions { at: path, found: Vec::new() };
    for item in &module.items {
        found.visit_item(item);
    }
    found.found
}

fn lines(of: &impl Spanned) -> usize {
    let span = of.span();
    span.end().line + 1 - span.start().line
}

struct Functions<'a> {
    at: &'a [String],
    found: Vec<Function>,
}

impl Functions<'_> {
    fn add(&mut self, signature: &Signature, body: &syn::Block) {
        let mut tables = Tables(0);
        tables.visit_block(body);
        let path = [self.at, &[signature.ident.to_string()]].concat();
        let lines = body.span().end().line + 1 - signature.span().start().line;
        self.found.push(Function { path, lines, table: tables.0 });
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.add(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    /// A module without a file of its own is one for tests.
    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}
}

/// The lines of the longest table.
struct Tables(usize);

impl<'ast> Visit<'ast> for Tables {
    fn visit_expr(&mut self, expression: &'ast Expr) {
        if is_table(expression) {
            self.0 = self.0.max(lines(expression));
        }
        visit::visit_expr(self, expression);
    }
}

/// Whether this is a `match` of short arms, a list, the fields of a value, or a literal of several
/// lines in a macro.
#[expect(clippy::wildcard_enum_match_arm, reason = "whatever else there is, it is no table")]
fn is_table(expression: &Expr) -> bool {
    let is_short = |arm: &Arm| lines(&arm.body) <= LONGEST_ARM;
    match expression {
        Expr::Match(found) => found.arms.iter().all(is_short),
        Expr::Array(_) | Expr::Struct(_) | Expr::Lit(_) | Expr::Macro(_) => true,
        _ => false,
    }
}
