/** How the report looks and filters; it loads nothing from elsewhere. */
export const pageStyle = `
:root { --bg: #fbfaf8; --card: #fff; --ink: #1d2025; --soft: #646b75; --line: #e3e0da; --accent: #1a5fb4;
  --good: #1f7a4d; --note: #8a5a00; --bad: #b3261e; --quiet: #5f6672 }
@media (prefers-color-scheme: dark) { :root { --bg: #15171a; --card: #1d2024; --ink: #e7e6e3; --soft: #9aa1ab;
  --line: #30343a; --accent: #86b7f5; --good: #6fce9a; --note: #e5b566; --bad: #ff9189; --quiet: #a4abb6 } }
* { box-sizing: border-box }
html { scroll-behavior: smooth; scroll-padding-top: 1rem }
body { margin: 0; background: var(--bg); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  display: grid; grid-template-columns: minmax(13rem, 18rem) minmax(0, 1fr); gap: 0 2.5rem; padding: 0 2rem 4rem }
header { grid-column: 1 / -1; padding: 2.2rem 0 1rem }
h1 { margin: 0; font-size: 2rem; letter-spacing: -.02em } h1 span { color: var(--soft); font-weight: 400 }
header > p { margin: .3rem 0 1.4rem; color: var(--soft) }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 1rem }
.card, article { background: var(--card); border: 1px solid var(--line); border-radius: 10px }
.card { padding: 1rem 1.2rem } .card h2 { margin: 0; font-size: .85rem; letter-spacing: .08em; color: var(--soft) }
.figure { margin: .1rem 0 .5rem; font-size: 2.2rem; font-weight: 650; font-variant-numeric: tabular-nums }
.figure small { font-size: 1rem; font-weight: 400; color: var(--soft) }
.bar { height: 6px; border-radius: 3px; background: var(--line); overflow: hidden }
.bar i { display: block; height: 100%; background: var(--good) }
.more { margin: .6rem 0 0; font-size: .85rem; color: var(--soft) }
form { display: flex; flex-wrap: wrap; gap: .8rem 1.2rem; align-items: end; margin: 1.4rem 0 0 }
label { display: grid; gap: .2rem; font-size: .8rem; color: var(--soft) } label.wide { flex: 1 1 14rem }
select, input { font: inherit; font-size: .95rem; padding: .4rem .6rem; color: var(--ink); background: var(--card);
  border: 1px solid var(--line); border-radius: 6px }
output { font-size: .9rem; color: var(--soft); padding-bottom: .45rem }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow: auto; padding: 1rem 0; font-size: .85rem }
nav a { display: block; padding: .18rem .5rem; border-radius: 5px; color: var(--ink); text-decoration: none }
nav a:hover { background: var(--card) } nav b { color: var(--soft); font-weight: 500; margin-right: .3rem }
main h2 { margin: 1.6rem 0 .7rem; font-size: 1.15rem } main h2 small { margin-left: .6rem; font-weight: 400; color: var(--soft) }
article { padding: .75rem 1rem; margin: 0 0 .6rem } article:target { outline: 2px solid var(--accent) }
article p { margin: .25rem 0 } .head { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: baseline; font-size: .85rem }
a { color: var(--accent) } .id { font-weight: 600; text-decoration: none } .role { color: var(--soft) }
.level { font-weight: 600; font-size: .78rem; letter-spacing: .04em }
.status { margin-left: auto; font-size: .8rem; padding: .05rem .55rem; border: 1px solid; border-radius: 999px; color: var(--quiet) }
.status.met { color: var(--good) } .status.exception { color: var(--note) }
.status.missing, .status.untested, .status.unimplemented { color: var(--bad) }
.reason { color: var(--note); font-size: .92rem }
.places { display: flex; gap: .8rem; margin-top: .35rem; font-size: .82rem } .places b { flex: 0 0 2.2rem; color: var(--soft); font-weight: 500 }
ul { margin: 0; padding: 0; list-style: none; min-width: 0 } li { overflow-wrap: anywhere }
code { color: var(--soft); font: .92em ui-monospace, monospace }
@media (max-width: 60rem) { body { display: block; padding: 0 1rem 3rem } nav { display: none } }
@media print { nav, form { display: none } body { display: block } article { break-inside: avoid } }
`

export const pageScript = `
const form = document.querySelector('form')
const articles = [...document.querySelectorAll('article')]
const sections = [...document.querySelectorAll('main section')]
const words = new Map(articles.map((each) => [each, each.textContent.toLowerCase()]))
function filter() {
  const { level, status, role, text } = Object.fromEntries(new FormData(form))
  const wanted = text.toLowerCase().trim()
  let shown = 0
  for (const each of articles) {
    const { level: l, status: s, role: r } = each.dataset
    const fits = (!level || l === level) && (!status || s === status) && (!role || r === role || r === 'both') && words.get(each).includes(wanted)
    each.hidden = !fits
    if (fits) shown++
  }
  for (const each of sections) each.hidden = !each.querySelector('article:not([hidden])')
  document.querySelector('#nothing').hidden = shown > 0
  document.querySelector('output').textContent = shown + ' of ' + articles.length
}
form.addEventListener('input', filter)
form.addEventListener('submit', (event) => event.preventDefault())
addEventListener('pageshow', filter)
filter()
`
