// Asks @cloud-copilot/iam-simulate about every need of an `analyze --out DIR`: node oracle.cjs DIR
// Exit 0: all allowed. Exit 1: something denied, an error, or nothing to ask. Exit 2: bad input.
'use strict'
const fs = require('fs')
const path = require('path')
const { isWildcardOnlyAction, runSimulation, runUnsafeSimulation } = require('@cloud-copilot/iam-simulate')

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
  if (report.schemaVersion !== 1) throw new Error(`schemaVersion ${report.schemaVersion} is not known here`)
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

/** What the request would carry: the need's own keys, and those that every signed request has. */
function contextOf(need) {
  const context = { 'aws:SecureTransport': 'true', 'aws:RequestedRegion': need.resource.split(':')[3] || 'us-east-1' }
  for (const [key, values] of Object.entries(need.context)) {
    const list = [].concat(values)
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

/** The evaluator's answer: `result`, or `error`; `why` where it had to be asked without its tables. */
async function ask(principal, account, policies, need) {
  const resource = concrete(need.resource, account)
  const simulation = {
    request: {
      principal,
      action: need.action,
      resource: { resource, accountId: resource.split(':')[4] || account },
      contextVariables: contextOf(need),
    },
    identityPolicies: policies,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: otherSide(principal, account, need.action, resource),
  }
  const alone = (why) => ({ result: runUnsafeSimulation(simulation, { simulationMode: 'Strict' }), resource, why })
  if (/[*?]/.test(resource)) {
    const [service, name] = need.action.split(':')
    const takesNone = await isWildcardOnlyAction(service, name).catch(() => false)
    if (!takesNone) {
      return alone(resource === '*' ? 'every resource is asked for' : 'it would read `*` or `?` in a name as a wildcard')
    }
  }
  const answer = await runSimulation(simulation, { simulationMode: 'Strict' })
  if (answer.resultType !== 'error') return { result: answer.overallResult, resource }
  const known = WITHOUT_TABLES.find((row) => row.matches(need.action, answer.errors.message))
  return known ? alone(known.reason) : { error: JSON.stringify(answer.errors), resource }
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
  const counts = { principals: 0, needs: 0, requests: 0, allowed: 0, denied: 0, errors: 0 }
  const explained = new Map()
  const failures = []
  for (const entry of needsOf(report)) {
    counts.principals++
    const policies = entry.documents.map((name) => ({ name, policy: JSON.parse(fs.readFileSync(path.join(root, name), 'utf8')) }))
    for (const need of entry.needs) {
      counts.needs++
      for (const request of requestsOf(need)) {
        counts.requests++
        const answer = await ask(entry.principal, entry.account, policies, request)
        if (answer.why) explained.set(answer.why, (explained.get(answer.why) || 0) + 1)
        if (answer.result === 'Allowed') {
          counts.allowed++
          continue
        }
        counts[answer.error ? 'errors' : 'denied']++
        failures.push(`${entry.principal}: ${request.action} on ${answer.resource}: ${answer.error || answer.result}`)
      }
    }
  }
  for (const [reason, count] of explained) console.log(`asked without the evaluator's tables: ${count} x ${reason}`)
  for (const failure of failures.slice(0, 50)) console.log(failure)
  if (failures.length > 50) console.log(`… and ${failures.length - 50} more`)
  const { principals, needs, requests, allowed, denied, errors } = counts
  console.log(`${principals} principals, ${needs} needs, ${requests} requests: ${allowed} allowed, ${denied} denied, ${errors} errors`)
  // Nothing asked is no proof.
  return failures.length > 0 || requests === 0 ? 1 : 0
}

main().then(
  (code) => { process.exitCode = code },
  (error) => { console.error(`error: ${error.message}`); process.exitCode = 2 },
)
