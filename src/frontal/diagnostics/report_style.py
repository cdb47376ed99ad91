"""How a report looks."""

CSS = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #ffffff; --ink: #1d2125; --soft: #5d666f; --line: #e3e0da;
  --accent: #0a6a8f; --wash: #e9f3f6; --best: #f1f7ef; --mark: #2f6f3a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1c2024; --ink: #e8e6e1; --soft: #9aa3ab; --line: #31373d;
    --accent: #6fc3e0; --wash: #17303a; --best: #1b2c20; --mark: #8fd19b;
  }
  img { filter: invert(.89) hue-rotate(180deg); }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
h1, h2, p, li, dt, dd, th, td, figcaption, code { unicode-bidi: isolate; }
header { margin-bottom: 2rem; }
.kicker { margin: 0; color: var(--accent); font-size: .8rem; font-weight: 600; letter-spacing: .08em; }
h1 { margin: .2rem 0 .6rem; font-size: clamp(1.7rem, 4.5vw, 2.5rem); line-height: 1.15; letter-spacing: -.015em; }
.asked { margin: 0; max-width: 46rem; color: var(--soft); font-size: 1.1rem; }
h2 { margin: 0 0 .8rem; font-size: 1.05rem; letter-spacing: -.005em; }
section {
  margin: 0 0 1.25rem; padding: 1.25rem 1.5rem 1.4rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px;
}
.verdict { background: var(--wash); border-color: transparent; border-left: 5px solid var(--accent); }
.verdict h2 { margin-bottom: .3rem; color: var(--accent); font-size: .8rem; letter-spacing: .08em; }
.verdict p { margin: 0; max-width: 46rem; font-size: 1.2rem; line-height: 1.45; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .5rem 1.1rem .5rem 0; text-align: left; vertical-align: baseline; }
th:last-child, td:last-child { padding-right: .6rem; }
th:first-child { padding-left: .6rem; }
thead th { border-bottom: 1px solid var(--line); color: var(--soft); font-size: .8rem; font-weight: 600; }
tbody th { font-weight: 500; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
.number { text-align: right; }
.number, .short { white-space: nowrap; }
tr.best > * { background: var(--best); font-weight: 650; }
.mark {
  margin-left: .35rem; padding: .05rem .45rem; border: 1px solid currentColor; border-radius: 1rem;
  color: var(--mark); font-size: .7rem; font-weight: 600; vertical-align: .08em;
}
figure { margin: 0; }
img { display: block; width: 100%; min-width: 34rem; height: auto; }
.caption { margin: .8rem 0 0; color: var(--soft); font-size: .9rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .9rem 1.5rem; margin: 0; }
dt { color: var(--soft); font-size: .8rem; font-weight: 600; }
dd { margin: .1rem 0 0; }
ul { margin: 0; padding-left: 1.2rem; }
li + li { margin-top: .4rem; }
pre {
  margin: 0; padding: .8rem 1rem; overflow-x: auto; background: var(--paper);
  border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap;
}
code { font: .88rem/1.5 ui-monospace, "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace; }
@media (max-width: 34rem) {
  main { padding: 1.5rem .75rem 2rem; }
  section { padding: 1rem; }
}
@media print {
  :root {
    --paper: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc;
    --accent: #0a6a8f; --wash: #ffffff; --best: #ffffff; --mark: #2f6f3a;
  }
  body { font-size: 10.5pt; }
  img { min-width: 0; filter: none; }
  main { max-width: none; padding: 0; }
  section { break-inside: avoid; border-width: 1px 0 0; border-radius: 0; padding: .8rem 0; }
}
"""
