import type { JudgedRequirement, Status } from './judge-requirements.js'
import { pageScript, pageStyle } from './report-assets.js'
import type { Citation, Section } from './requirement.js'
import { countStatuses, strengthOf, strengths } from './summary.js'

const statusNames: Readonly<Record<Status, string>> = {
  met: 'implemented and tested',
  exception: 'exception',
  others: 'binds others',
  untested: 'implemented, not tested',
  unimplemented: 'tested, not implemented',
  missing: 'missing',
}

/** The report, a page of its own. @param root of the project, as seen from the page */
export function reportPage(requirements: readonly JudgedRequirement[], root: string): string {
  const sections = [...new Set(requirements.map(({ section }) => section))]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>RFC 9846 in webtls</title>
<style>${pageStyle}</style>
<header>
<h1>RFC 9846 <span>in webtls</span></h1>
<p>What TLS 1.3 asks of a client and a server, in our words, with the code that does it and the test that fails without it.</p>
${figures(requirements)}
${filters()}
</header>
<nav aria-label="sections">${sections.map(({ section, title }) => `<a href="#s${section}"><b>${section}</b> ${escaped(title)}</a>`).join('')}</nav>
<main>${sections.map((section) => sectionPart(section, requirements, root)).join('\n')}
<p id="nothing" hidden>Nothing fits these filters.</p>
</main>
<script>${pageScript}</script>
</html>
`
}

function figures(requirements: readonly JudgedRequirement[]): string {
  const cards = strengths.map((strength) => {
    const counts = countStatuses(requirements, strength)
    const open = counts.untested + counts.unimplemented + counts.missing
    const total = counts.met + open
    const share = total === 0 ? 100 : Math.round((100 * counts.met) / total)
    return `<div class="card"><h2>${strength}</h2><p class="figure">${counts.met}<small> of ${total}</small></p>
<div class="bar" role="img" aria-label="${share} %"><i style="width:${share}%"></i></div>
<p class="more">${counts.exception} exceptions, ${counts.others} bind others</p></div>`
  })
  return `<div class="cards">${cards.join('')}</div>`
}

function filters(): string {
  const option = (value: string, text: string) => `<option value="${value}">${text}</option>`
  const names = Object.entries(statusNames).map(([status, name]) => option(status, name))
  return `<form>
<label>Level <select name="level">${option('', 'all')}${strengths.map((each) => option(each, each)).join('')}</select></label>
<label>Status <select name="status">${option('', 'all')}${names.join('')}</select></label>
<label>Role <select name="role">${['', 'client', 'server'].map((each) => option(each, each || 'all')).join('')}</select></label>
<label class="wide">Text <input name="text" type="search" placeholder="id, words, file"></label>
<output></output>
</form>`
}

function sectionPart(section: Section, requirements: readonly JudgedRequirement[], root: string): string {
  const own = requirements.filter((each) => each.section === section)
  const older = section.rfc8446 === undefined ? '' : `<small>RFC 8446: ${section.rfc8446}</small>`
  return `<section id="s${section.section}"><h2>${section.section} ${escaped(section.title)} ${older}</h2>
${own.map((each) => requirementPart(each, root)).join('\n')}</section>`
}

function requirementPart(judged: JudgedRequirement, root: string): string {
  const { requirement, status, implementations, tests } = judged
  const { id, level, role, text, exception } = requirement
  return `<article id="${id}" data-level="${strengthOf(judged)}" data-status="${status}" data-role="${role}">
<p class="head"><a class="id" href="#${id}">${id}</a><span class="level ${strengthOf(judged)}">${level}</span><span class="role">${role}</span><span class="status ${status}">${statusNames[status]}</span></p>
<p>${escaped(text)}</p>
${exception === undefined ? '' : `<p class="reason">${escaped(exception)}</p>`}
${places('code', implementations, root)}${places('test', tests, root)}</article>`
}

function places(name: string, citations: readonly Citation[], root: string): string {
  if (citations.length === 0) return ''
  const items = citations.map(
    ({ file, line, code }) =>
      `<li><a href="${root}/${file}#L${line}">${file}:${line}</a> <code>${escaped(shortened(code))}</code></li>`,
  )
  return `<div class="places"><b>${name}</b><ul>${items.join('')}</ul></div>`
}

const shortened = (code: string): string => (code.length > 110 ? `${code.slice(0, 109)}…` : code)

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
