#!/usr/bin/env bash
# @cloud-copilot/iam-simulate 0.1.173 (npm): a policy that allows one object, asked about all objects of the folder, answers
# Allowed; asked about another object of the folder, it answers ImplicitlyDenied.
set -euo pipefail
cd "$(mktemp -d)"
npm init -y > /dev/null && npm install --silent --no-fund --no-audit @cloud-copilot/iam-simulate@0.1.173
cat > ask.cjs <<'JS'
const { runSimulation } = require('@cloud-copilot/iam-simulate')
const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::shop/reports/q1.csv' }],
}
async function ask(resource) {
  const answer = await runSimulation(
    {
      request: {
        principal: 'arn:aws:iam::111122223333:role/deploy',
        action: 's3:GetObject',
        resource: { resource, accountId: '111122223333' },
        contextVariables: {},
      },
      identityPolicies: [{ name: 'current', policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  )
  console.log(resource, answer.resultType, answer.overallResult)
}
;(async () => {
  await ask('arn:aws:s3:::shop/reports/q1.csv')
  await ask('arn:aws:s3:::shop/reports/q2.csv')
  await ask('arn:aws:s3:::shop/reports/*')
})()
JS
seen=$(node ask.cjs)
echo "$seen"
expected='arn:aws:s3:::shop/reports/q1.csv single Allowed
arn:aws:s3:::shop/reports/q2.csv single ImplicitlyDenied
arn:aws:s3:::shop/reports/* wildcard Allowed'
if [ "$seen" != "$expected" ]; then
  echo "changed; it was:" >&2
  echo "$expected" >&2
  exit 1
fi
