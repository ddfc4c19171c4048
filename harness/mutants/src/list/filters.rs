//! What a rule asks for beside a backend, and does not get.

use sextant_routing::{Filter, HeaderEdit, MirrorShare, Model};
use sextant_verdict::Cause;

use super::backends::each_rule;
use super::flaw::Flaw;
use crate::Change::Model as Resolved;

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "filters-dropped",
        Cause::Filters,
        "filters of a rule do nothing",
        "K-138 I-022 GW-HTTPRouteRule",
        Resolved(filters_dropped),
    ),
    Flaw::new(
        "mirrors-dropped",
        Cause::Filters,
        "nobody gets a copy",
        "GW-HTTPRequestMirrorFilter",
        Resolved(mirrors_dropped),
    ),
    Flaw::new(
        "mirrors-copy-all",
        Cause::Filters,
        "every request is copied, whatever the share",
        "GW-HTTPRequestMirrorFilter",
        Resolved(mirrors_copy_all),
    ),
    Flaw::new(
        "rewrites-dropped",
        Cause::Filters,
        "host and path stay as they are",
        "GW-HTTPURLRewriteFilter K-138",
        Resolved(rewrites_dropped),
    ),
    Flaw::new(
        "header-edits-add",
        Cause::Filters,
        "a header that is set is added",
        "GW-HTTPHeaderFilter",
        Resolved(set_is_add),
    ),
    Flaw::new("headers-stay", Cause::Filters, "no header is removed", "GW-HTTPHeaderFilter", Resolved(headers_stay)),
    Flaw::new(
        "time-limits-dropped",
        Cause::Policy,
        "no request ever takes too long",
        "GW-HTTPRouteTimeouts I-154",
        Resolved(limits_dropped),
    ),
];

/// Changes the filters of every rule and of every reference.
fn each_filters(model: &mut Model, change: impl Fn(&mut Vec<Filter>)) {
    each_rule(model, |rule| {
        change(&mut rule.actions);
        rule.targets.iter_mut().for_each(|target| change(&mut target.actions));
    });
}

fn filters_dropped(model: &mut Model, _: &Model) {
    each_filters(model, Vec::clear);
}

fn mirrors_dropped(model: &mut Model, _: &Model) {
    each_filters(model, |filters| filters.retain(|filter| !matches!(filter, Filter::Mirror(_))));
}

fn mirrors_copy_all(model: &mut Model, _: &Model) {
    each_filters(model, |filters| {
        for filter in filters {
            if let Filter::Mirror(mirror) = filter {
                mirror.share = MirrorShare::ALL;
            }
        }
    });
}

fn rewrites_dropped(model: &mut Model, _: &Model) {
    each_filters(model, |filters| filters.retain(|filter| !matches!(filter, Filter::Rewrite(_))));
}

fn each_edit(model: &mut Model, change: impl Fn(&mut HeaderEdit)) {
    each_filters(model, |filters| {
        for filter in filters {
            if let Filter::RequestHeaders(edit) | Filter::ResponseHeaders(edit) = filter {
                change(edit);
            }
        }
    });
}

fn set_is_add(model: &mut Model, _: &Model) {
    each_edit(model, |edit| {
        let set = std::mem::take(&mut edit.set);
        edit.add.extend(set);
    });
}

fn headers_stay(model: &mut Model, _: &Model) {
    each_edit(model, |edit| edit.remove.clear());
}

fn limits_dropped(model: &mut Model, _: &Model) {
    each_rule(model, |rule| rule.limits = Default::default());
}
