//! A report: its figures at a glance, its chart, and the table of the same figures, each the way to the leads behind it.

use domain::{
    ids::PartnerId,
    leads::{LeadFilter, LeadStatus},
    money::{Money, grouped},
    reports::{Figures, Report, ReportBy, ReportQuery, ReportRow, RowKey, Span, duration, leads_behind, percent},
    returns::ReturnState,
    time::date,
};
use leptos::prelude::*;

use crate::ui::{Bar, BarChart};

/// How many campaigns or partners the chart has: their names stand below the bars.
const NAMED: usize = 8;
/// How many rows of campaigns, partners or values a page has unless all are asked for.
const ROWS: usize = 50;
/// How many days it has: a year's.
const DAYS: usize = 370;

/// Where figures lead to.
#[derive(Clone)]
struct Links {
    /// The list of leads.
    list: &'static str,
    /// Which leads the report is about.
    leads: LeadFilter,
    /// The partner it is about, for the account's list.
    partner: Option<PartnerId>,
    /// The one outcome that is a sale.
    sale: Option<String>,
    /// The extra field whose values the rows are.
    field: Option<String>,
}

impl Links {
    fn of_row(&self, row: &ReportRow) -> Option<Self> {
        let leads = row.key.leads(&self.leads, self.field.as_deref())?;
        let partner = if let RowKey::Partner(_, id) = row.key { Some(id) } else { self.partner };
        Some(Self { leads, partner, ..self.clone() })
    }

    fn to(&self, narrow: impl FnOnce(&mut LeadFilter)) -> String {
        let mut filter = self.leads.clone();
        narrow(&mut filter);
        leads_behind(self.list, filter, self.partner)
    }
}

/// The report of a query, which its reader may narrow further.
#[component]
pub(crate) fn ReportBody(
    /// The report.
    report: Report,
    /// What was asked for.
    query: ReportQuery,
    /// Where the list of leads is.
    list: &'static str,
    /// Where the report is.
    path: &'static str,
) -> impl IntoView {
    let links = Links {
        list,
        leads: query.leads(report.span),
        partner: query.partner,
        sale: report.sale.clone(),
        field: report.field.clone(),
    };
    if report.total.leads == 0 && report.before.1.leads == 0 {
        return view! {
            <section class="empty">
                <h2>"No leads on these days"</h2>
                <p>"Choose a longer range of days, or another campaign."</p>
            </section>
        }
        .into_any();
    }
    let tiles = tiles(&report, &links);
    if report.is_pending {
        return view! { {tiles} {pending(&report)} }.into_any();
    }
    // Whoever ranks hundreds of partners looks at the first ones; the files have all of them.
    let all = query.all_rows || !report.by.is_ranked();
    let rows = if all { report.rows.len() } else { report.rows.len().min(ROWS) };
    let others = (rows < report.rows.len()).then(|| {
        let all = ReportQuery { all_rows: true, ..query };
        view! {
            <p class="muted">
                {format!("The {rows} with the most leads, of {}. ", report.rows.len())}
                <a href=all.href(path)>"Show all"</a>
            </p>
        }
    });
    view! {
        {tiles}
        {chart(&report)}
        {table(&report, &links, rows)}
        {others}
    }
    .into_any()
}

/// That leads are still being summed up.
fn pending(report: &Report) -> impl IntoView + use<> {
    view! {
        <section class="empty">
            <h2>"These figures are being summed up"</h2>
            <p>
                {format!(
                    "Many leads of these days have just changed. By {} they will be here in a minute or two: load the page again, or choose other rows.",
                    report.by_label().to_lowercase(),
                )}
            </p>
        </section>
    }
}

fn number(count: u64) -> String {
    grouped(&count.to_string())
}

fn amounts(amounts: &[Money]) -> String {
    if amounts.is_empty() {
        "–".to_owned()
    } else {
        amounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
    }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

fn days((from, to): Span) -> String {
    if from == to { date(from) } else { format!("{} – {}", date(from), date(to)) }
}

fn tiles(report: &Report, links: &Links) -> impl IntoView + use<> {
    let (now, (span, then)) = (&report.total, &report.before);
    let note = move |text: String| format!("{text} on the days before");
    let tile = |label: &'static str, figure: String, before: String, href: Option<String>| {
        let body = view! {
            <span class="tile__label">{label}</span>
            <strong class="tile__figure">{figure}</strong>
            <span class="tile__note">{before}</span>
        };
        match href {
            Some(href) => view! { <a class="tile" href=href>{body}</a> }.into_any(),
            None => view! { <div class="tile">{body}</div> }.into_any(),
        }
    };
    let sold = links.sale.clone().map(|sale| links.to(|filter| filter.outcome = Some(sale)));
    let price = report.with_price.then(|| {
        view! {
            {tile("Spend", amounts(&now.spend()), note(amounts(&then.spend())), None)}
            {tile("Price per lead", or_dash(now.price_per_lead().map(|money| money.to_string())),
                note(or_dash(then.price_per_lead().map(|money| money.to_string()))), None)}
        }
    });
    let cost = report.with_price.then(|| {
        tile(
            "Cost per sale",
            or_dash(now.cost_per_sale().map(|money| money.to_string())),
            note(or_dash(then.cost_per_sale().map(|money| money.to_string()))),
            None,
        )
    });
    let compared = format!("Compared with {}", days(*span));
    view! {
        <section class="tiles tiles--report" aria-label="At a glance">
            {tile("Leads", number(now.leads), note(number(then.leads)), Some(links.to(|_| ())))}
            {price}
            {tile("Share accepted", or_dash(now.acceptance().map(percent)), note(or_dash(then.acceptance().map(percent))),
                Some(links.to(|filter| filter.status = Some(LeadStatus::Accepted))))}
            {tile("Returned", format!("{} ({})", number(now.returned), or_dash(now.return_rate().map(percent))),
                note(number(then.returned)), Some(links.to(|filter| filter.returned = Some(ReturnState::Approved))))}
            {tile("Sold", number(now.sold), note(number(then.sold)), sold)}
            {tile("Sales", amounts(&now.sales()), note(amounts(&then.sales())), None)}
            {cost}
            {tile("Time to first opening", or_dash(now.minutes_to_opening().map(duration)),
                note(or_dash(then.minutes_to_opening().map(duration))), None)}
        </section>
        <p class="muted">{compared} ". The share accepted is of the leads that were decided on; what was returned costs nothing."</p>
    }
}

fn chart(report: &Report) -> impl IntoView + use<> {
    let by = report.by;
    let mut bars: Vec<_> = report
        .rows
        .iter()
        .map(|row| Bar { leads: row.figures.leads, name: row.key.name(by), short: row.key.short(by) })
        .collect();
    let named = by.is_ranked();
    if named {
        bars.truncate(NAMED);
    }
    let every = if named { 1 } else { (bars.len() / NAMED).max(1) };
    let fits = (1..=DAYS).contains(&bars.len());
    let what = in_a_sentence(report);
    let label = format!("Leads by {what}; the table below has the figures");
    fits.then(|| {
        view! {
            <section class="card" aria-labelledby="chart">
                <h2 id="chart">{format!("Leads by {what}")}</h2>
                <figure class="chart"><BarChart bars every label/></figure>
            </section>
        }
    })
}

/// What the rows are, within a sentence.
fn in_a_sentence(report: &Report) -> String {
    report.field.clone().unwrap_or_else(|| report.by.label().to_lowercase())
}

fn table(report: &Report, links: &Links, most: usize) -> impl IntoView + use<> {
    let (by, with_price) = (report.by, report.with_price);
    let mean = report.total.acceptance().filter(|_| by == ReportBy::Partner);
    let rows = report.rows.iter().take(most).map(|row| {
        let links = links.of_row(row);
        let name = row.key.name(by);
        let head = match &row.key {
            RowKey::Partner(_, id) => {
                let silent = (row.figures.opened == 0 && row.figures.accepted + row.figures.rejected == 0)
                    .then(|| view! { " " <span class="badge badge--paused" title="Has opened none of these leads, nor decided on any">"Silent"</span> });
                view! { <a href=format!("/admin/partners/{id}")><bdi>{name}</bdi></a> {silent} }.into_any()
            }
            _ => view! { <bdi>{name}</bdi> }.into_any(),
        };
        view! { <tr><th scope="row">{head}</th>{cells(&row.figures, links.as_ref(), with_price, mean)}</tr> }
    });
    let rows = rows.collect_view();
    let total = cells(&report.total, Some(links), with_price, None);
    let before = cells(&report.before.1, None, with_price, None);
    let before_days = days(report.before.0);
    let head = |text: &'static str| view! { <th scope="col" class="cell-amount">{text}</th> };
    view! {
        <div class="table-frame">
            <table class="table table--report">
                <caption class="sr-only">{format!("Figures by {}", in_a_sentence(report))}</caption>
                <thead><tr>
                    <th scope="col">{report.by_label().to_owned()}</th>
                    {head("Leads")}
                    {with_price.then(|| view! { {head("Spend")}{head("Per lead")} })}
                    {head("Accepted")}{head("Rejected")}{head("Share accepted")}
                    {head("Returned")}
                    {head("Sold")}{head("Sales")}
                    {with_price.then(|| head("Cost per sale"))}
                    {head("First opened after")}
                </tr></thead>
                <tbody>{rows}</tbody>
                <tbody class="table__sums">
                    <tr><th scope="row">"All"</th>{total}</tr>
                    <tr class="muted"><th scope="row">{before_days}</th>{before}</tr>
                </tbody>
            </table>
        </div>
    }
}

/// The figures of a row. Of partners, the share accepted stands beside how far it is from that of all.
fn cells(figures: &Figures, links: Option<&Links>, with_price: bool, mean: Option<u64>) -> impl IntoView + use<> {
    let plain =
        |label: &'static str, text: String| view! { <td class="cell-amount" data-label=label>{text}</td> }.into_any();
    let linked = |label: &'static str, count: u64, href: Option<String>| match href.filter(|_| count > 0) {
        Some(href) => {
            view! { <td class="cell-amount" data-label=label><a href=href>{number(count)}</a></td> }.into_any()
        }
        None => plain(label, number(count)),
    };
    let status = |status: LeadStatus| links.map(|links| links.to(|filter| filter.status = Some(status)));
    let sold = links.and_then(|links| {
        let sale = links.sale.clone()?;
        Some(links.to(|filter| filter.outcome = Some(sale)))
    });
    let back = links.map(|links| links.to(|filter| filter.returned = Some(ReturnState::Approved)));
    let share = figures.acceptance().map(|share| {
        let apart = mean.map(|mean| {
            let (sign, tenths) = if share < mean { ("\u{2212}", mean - share) } else { ("+", share - mean) };
            format!(" ({sign}{})", percent(tenths))
        });
        format!("{}{}", percent(share), apart.unwrap_or_default())
    });
    let money = |money: Option<Money>| or_dash(money.map(|money| money.to_string()));
    view! {
        {linked("Leads", figures.leads, links.map(|links| links.to(|_| ())))}
        {with_price.then(|| view! {
            {plain("Spend", amounts(&figures.spend()))}
            {plain("Per lead", money(figures.price_per_lead()))}
        })}
        {linked("Accepted", figures.accepted, status(LeadStatus::Accepted))}
        {linked("Rejected", figures.rejected, status(LeadStatus::Rejected))}
        {plain("Share accepted", or_dash(share))}
        {linked("Returned", figures.returned, back)}
        {linked("Sold", figures.sold, sold)}
        {plain("Sales", amounts(&figures.sales()))}
        {with_price.then(|| plain("Cost per sale", money(figures.cost_per_sale())))}
        {plain("First opened after", or_dash(figures.minutes_to_opening().map(duration)))}
    }
}
