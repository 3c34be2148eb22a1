// Asks @cloud-copilot/iam-simulate about every line of `evaluate_pairs` and compares: node evaluate.cjs PAIRS.jsonl
// An error is no answer: such pairs are counted as unknown, as neither agreement nor difference.
// Exit 0: every difference is of a known class, and every control failed. Exit 1: a difference is of none, a control did not
// fail, more than one pair in a hundred is unknown, or nothing was asked. Exit 2: bad input.
'use strict'
const fs = require('fs')
const path = require('path')
const { runSimulation } = require('@cloud-copilot/iam-simulate')
const { DECIDED } = require('./evaluate_decided.cjs')
const { OPEN, NOT_EXPRESSIBLE } = require('./evaluate_open.cjs')
const { derivedKeys } = require('./principal_keys.cjs')

/** The share of pairs that may stay unknown, and how many pairs are asked about with the wrong answer. */
const [UNKNOWN, CONTROLS] = [0.01, 20]

/** Not a reading of a policy, but of the answer. */
const WITHOUT_WAITING = 'deny-that-may-hold-where-nothing-allows'

/** The principal as the evaluator names it: a role's session where its name is known. */
function callerOf(pair) {
  const [, session] = [].concat(pair.context['aws:userid'] || '')[0].split(':')
  const [, , , , account, resource] = pair.principal.split(':')
  if (!session || !resource.startsWith('role/')) return pair.principal
  return `arn:aws:sts::${account}:assumed-role/${resource.split('/').pop()}/${session}`
}

function simulationOf(pair) {
  const account = pair.principal.split(':')[4]
  const named = (documents, prefix) => documents.map((policy, at) => ({ name: `${prefix}${at}`, policy }))
  const levels = (all, prefix) =>
    all.map((documents, at) => ({ orgIdentifier: `${prefix}${at}`, policies: named(documents, `${prefix}${at}-`) }))
  const owner = pair.context['aws:ResourceAccount'] || pair.on.split(':')[4] || account
  // A resource policy that is not given has no say: the decision is the caller's side.
  const resourcePolicy = pair.resource || (pair.action.startsWith('kms:') ? trusting(account) : undefined)
  return {
    request: {
      principal: callerOf(pair),
      action: pair.action,
      resource: { resource: pair.on, accountId: pair.resource ? owner : account },
      contextVariables: pair.context,
    },
    identityPolicies: named(pair.identity, 'identity'),
    permissionBoundaryPolicies: pair.boundary ? named([pair.boundary], 'boundary') : undefined,
    // The evaluator takes one session policy; several allow what one of them allows, as their statements together do.
    sessionPolicy: pair.session ? { ...pair.session[0], Statement: pair.session.flatMap((document) => document.Statement) } : undefined,
    serviceControlPolicies: levels(pair.serviceControl, 'scp'),
    resourceControlPolicies: levels(pair.resourceControl, 'rcp'),
    resourcePolicy,
  }
}

function trusting(account) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: '*', Resource: '*' }] }
}

async function ask(pair) {
  const answer = await runSimulation(simulationOf(pair), { simulationMode: 'Strict' })
  return answer.resultType === 'error' ? `error ${JSON.stringify(answer.errors)}` : answer.overallResult
}

/** The evaluator's answer, or `Allowed` where a class says that this is ours for sure. */
async function askAsRead(pair) {
  for (const row of DECIDED.filter(({ sure }) => sure)) {
    const rewritten = row.rewrite(structuredClone(pair))
    if (rewritten && (await ask(rewritten)) === 'Allowed') return 'Allowed'
  }
  return ask(pair)
}

/** The class that explains why the evaluator answers otherwise, or nothing. */
async function explain(pair) {
  const present = DECIDED.map((row) => ({ row, rewritten: row.rewrite(structuredClone(pair)) })).filter(({ rewritten }) => rewritten)
  const applied = []
  let whole = pair
  for (const row of DECIDED.filter((row) => !row.sure || pair.ours !== 'Depends')) {
    const next = row.rewrite(structuredClone(whole))
    if (next) applied.push(row.name)
    whole = next || whole
  }
  if (pair.ours === 'Depends') return explainOpen(whole, (answers) => answers.size > 1, pair.missing)
  for (const { row, rewritten } of present) {
    if ((await ask(rewritten)) === pair.ours) return row.name
  }
  if ((await ask(whole)) === pair.ours) return 'several: ' + applied.join(' + ')
  // Where nothing allows, we do not wait for a deny that may hold: one kind of denial or the other, whatever is decided.
  const denied = (answers) => answers.has('ImplicitlyDenied') && !answers.has('Allowed')
  return pair.ours === 'ImplicitlyDenied' && (await explainOpen(whole, denied, [])) ? WITHOUT_WAITING : undefined
}

/**
 * `Depends` is right if what it names is there, and if the evaluator's answer changes with how that is decided: every
 * combination is tried.
 */
async function explainOpen(pair, isRight, missing) {
  const things = OPEN.flatMap((row) => row.find(pair).map((thing) => ({ ...thing, name: row.name })))
  const named = new Set(things.flatMap((thing) => thing.missing))
  if (!missing.every((item) => named.has(item)) || things.length === 0 || things.length > 8) return undefined
  const answers = new Set()
  for (let choice = 0; choice < 2 ** things.length; choice++) {
    const decided = structuredClone(pair)
    // From the last to the first, since deciding one may remove what stands there.
    for (let at = things.length - 1; at >= 0; at--) things[at].decide(decided, ((choice >> at) & 1) === 1)
    answers.add(await askAsRead(decided))
  }
  if (!isRight(answers) || [...answers].some((answer) => answer.startsWith('error'))) return undefined
  const names = new Set(things.filter((thing) => missing.length === 0 || thing.missing.some((item) => missing.includes(item))).map((thing) => thing.name))
  return [...names].sort().join(' + ')
}

/** Every class must be in the documentation, and every class there in one of the lists. */
function undocumented() {
  const text = fs.readFileSync(path.join(__dirname, '../../docs/evaluate.md'), 'utf8')
  const written = [...text.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name)
  const known = [...DECIDED, ...OPEN, ...NOT_EXPRESSIBLE].map((row) => row.name).concat(WITHOUT_WAITING)
  return known.filter((name) => !written.includes(name)).concat(written.filter((name) => !known.includes(name)))
}

/** A pair on which both agree and that holds nothing we read otherwise, with the wrong answer: it must stay unexplained. */
async function control(pair) {
  const plain = DECIDED.every((row) => !row.rewrite(structuredClone(pair))) && OPEN.every((row) => row.find(pair).length === 0)
  if (!plain) return []
  const wrong = { ...structuredClone(pair), ours: pair.ours === 'Allowed' ? 'ImplicitlyDenied' : 'Allowed' }
  return [{ pair: wrong, passed: (await explain(wrong)) !== undefined }]
}

function count(counts, key) {
  counts.set(key, (counts.get(key) || 0) + 1)
}

function print(title, counts) {
  for (const [name, times] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`  ${title} ${name}: ${times}`)
}

async function main() {
  const file = process.argv[2]
  if (!file) throw new Error('usage: node evaluate.cjs PAIRS.jsonl')
  const stray = undocumented()
  if (stray.length > 0) throw new Error(`not both in docs/evaluate.md and in the classes: ${stray.join(', ')}`)
  const pairs = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
  const [agreed, explained, unknown, notAsked, failures, controls] = [new Map(), new Map(), new Map(), new Map(), [], []]
  for (const pair of pairs) {
    pair.context = { ...derivedKeys(pair.principal), ...pair.context }
    const why = NOT_EXPRESSIBLE.find((row) => row.applies(pair))
    if (why) {
      count(notAsked, why.name)
      continue
    }
    const theirs = await ask(pair)
    if (theirs === pair.ours) {
      count(agreed, theirs)
      if (controls.length < CONTROLS) controls.push(...(await control(pair)))
      continue
    }
    const name = await explain(pair)
    if (name) count(explained, name)
    else if (theirs.startsWith('error')) count(unknown, theirs)
    else failures.push({ pair, theirs })
  }
  const sum = (counts) => [...counts.values()].reduce((total, times) => total + times, 0)
  const asked = pairs.length - sum(notAsked)
  console.log(`${path.basename(file)}: ${pairs.length} pairs, ${asked} asked: ${sum(agreed)} agree, ${sum(explained)} explained, ${failures.length} unexplained, ${sum(unknown)} unknown; ${controls.length} controls`)
  print('agree,', agreed)
  print('explained,', explained)
  print('unknown,', unknown)
  print('not asked,', notAsked)
  const passed = controls.filter(({ passed }) => passed)
  for (const { pair } of passed) console.log(`CONTROL ${pair.name}: ${pair.ours} would have been taken for right`)
  for (const { pair, theirs } of failures.slice(0, 30)) {
    console.log(`UNEXPLAINED ${pair.name}: ours ${pair.ours}${pair.missing ? ` ${pair.missing}` : ''}, theirs ${theirs}\n  ${JSON.stringify(pair)}`)
  }
  const answered = sum(unknown) <= asked * UNKNOWN && controls.length > 0
  return failures.length > 0 || passed.length > 0 || asked === 0 || !answered ? 1 : 0
}

main().then(
  (code) => { process.exitCode = code },
  (error) => { console.error(`error: ${error.stack}`); process.exitCode = 2 },
)
