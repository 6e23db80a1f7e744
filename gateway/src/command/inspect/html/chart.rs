//! Charts as inline SVG: drawn in numbers, coloured by classes of `page.css`.

use super::timeline::Timeline;
use maud::{Markup, html};
use sluice_model::Action;

/// Height and width of the chart over time.
const HIGH: u64 = 200;
const WIDE: u64 = 960;

/// One bar: what it says, how much, and the class that colours it.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) count: u64,
    pub(super) class: &'static str,
}

/// `count` of `most` on a scale of `length`; what is there is at least one unit long.
fn scaled(count: u64, most: u64, length: u64) -> u64 {
    let scaled = u128::from(count) * u128::from(length) / u128::from(most.max(1));
    if count == 0 { 0 } else { u64::try_from(scaled).unwrap_or(length).max(1) }
}

/// Horizontal bars, one under the other.
pub(super) fn bars(title: &str, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0);
    html! {
        svg.bars role="img" aria-label=(title) viewBox=(format!("0 0 {WIDE} {}", bars.len() * 26 + 4)) {
            @for (row, bar) in bars.iter().enumerate() {
                @let (y, long) = (row * 26 + 4, scaled(bar.count, most, 560));
                text.end x="300" y=(y + 15) { (bar.label) }
                rect class=(bar.class) x="310" y=(y) width=(long) height="20" rx="2" {}
                text x=(long + 318) y=(y + 15) { (bar.count) }
            }
        }
    }
}

/// Requests over time, stacked by action.
pub(super) fn stacks(timeline: &Timeline, clock: impl Fn(u64) -> String) -> Markup {
    let Some((first, last)) = timeline.range() else {
        return html! { p.none { "No request was read." } };
    };
    let most = timeline.stretches.values().map(|c| c.iter().sum::<u64>()).max().unwrap_or(1);
    // In hundredths of a unit.
    let step = ((WIDE - 60) * 100 / (last - first + 1)).min(6_000);
    html! {
        svg.stacks role="img" aria-label="Requests over time, stacked by action" viewBox=(format!("0 0 {WIDE} {}", HIGH + 44)) {
            @for quarter in 0..=4_u64 {
                @let y = 10 + HIGH - HIGH * quarter / 4;
                line.grid x1="56" x2=(WIDE) y1=(y) y2=(y) {}
                @if quarter == 0 || quarter == 4 || most.is_multiple_of(4) {
                    text.end x="50" y=(y + 4) { (most * quarter / 4) }
                }
            }
            @for (index, counts) in &timeline.stretches {
                (stack(5_600 + step * (index - first), step, counts, most, &clock(index * timeline.width)))
            }
            text x="56" y=(HIGH + 34) { (clock(first * timeline.width)) }
            @if last > first {
                text.end x=(WIDE) y=(HIGH + 34) { (clock(last * timeline.width)) }
            }
        }
        (legend(timeline))
    }
}

fn stack(x: u64, step: u64, counts: &[u64], most: u64, clock: &str) -> Markup {
    let mut below = 0;
    let parts: Vec<_> = Action::ALL
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(action, count)| {
            let from = scaled(below, most, HIGH);
            below += count;
            (action, count, scaled(below, most, HIGH), from)
        })
        .collect();
    html! {
        @for (action, count, to, from) in parts {
            rect class=(action.name()) x=(decimal(x)) y=(10 + HIGH - to) width=(decimal(step * 4 / 5)) height=(to - from) {
                title { (clock) ": " (count) " " (action.name()) }
            }
        }
    }
}

/// Hundredths as a decimal number.
fn decimal(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn legend(timeline: &Timeline) -> Markup {
    let seen = |action: &Action| timeline.stretches.values().any(|counts| counts[*action as usize] > 0);
    html! {
        p.legend {
            @let milliseconds = timeline.width / 1_000_000;
            span { "a bar is " (milliseconds / 1_000) "." (format!("{:03}", milliseconds % 1_000)) " s" }
            @for action in Action::ALL.into_iter().filter(seen) {
                span { svg viewBox="0 0 12 12" aria-hidden="true" { rect class=(action.name()) width="12" height="12" rx="2" {} } (action.name()) }
            }
        }
    }
}
