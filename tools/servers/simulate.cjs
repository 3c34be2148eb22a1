// Answers simulations by @cloud-copilot/iam-simulate: node simulate.cjs < REQUESTS > ANSWERS
// REQUESTS: a JSON array of {principal, documents, boundaries, action, resource, context}. ANSWERS: an array of `Allowed`,
// `ExplicitlyDenied`, `ImplicitlyDenied`, or `error …` where the evaluator has no answer.
'use strict'
const fs = require('fs')
const { runSimulation } = require('@cloud-copilot/iam-simulate')
const { derivedKeys } = require('../checks/principal_keys.cjs')

async function answer({ principal, documents, boundaries, action, resource, context }) {
  const account = principal.split(':')[4]
  const named = (policies, prefix) => policies.map((policy, at) => ({ name: `${prefix}${at}`, policy }))
  const trusting = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: '*', Resource: '*' }] }
  const simulation = {
    request: {
      principal,
      action,
      resource: { resource, accountId: account },
      contextVariables: { ...derivedKeys(principal), 'aws:RequestedRegion': resource.split(':')[3] || 'us-east-1', ...context },
    },
    identityPolicies: named(documents, 'identity'),
    permissionBoundaryPolicies: boundaries.length > 0 ? named(boundaries, 'boundary') : undefined,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: action.startsWith('kms:') ? trusting : undefined,
  }
  const result = await runSimulation(simulation, { simulationMode: 'Strict' })
  return result.resultType === 'error' ? `error ${JSON.stringify(result.errors)}` : result.overallResult
}

async function main() {
  const answers = []
  for (const request of JSON.parse(fs.readFileSync(0, 'utf8'))) answers.push(await answer(request).catch((error) => `error ${error}`))
  process.stdout.write(JSON.stringify(answers))
}

main()
