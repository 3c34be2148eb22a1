#!/usr/bin/env bash
# @cloud-copilot/iam-simulate 0.1.173 (npm): a condition on kms:EncryptionContext:app never holds, whatever the request says;
# that the key was left out stands in `ignoredContextKeys` alone. The same request with kms:ViaService is allowed.
set -euo pipefail
cd "$(mktemp -d)"
npm init -y > /dev/null && npm install --silent --no-fund --no-audit @cloud-copilot/iam-simulate@0.1.173
cat > ask.cjs <<'JS'
const { runSimulation } = require('@cloud-copilot/iam-simulate')
const keyPolicy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' }],
}
async function ask(key, value) {
  const statement = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', Condition: { StringEquals: { [key]: value } } }
  const answer = await runSimulation(
    {
      request: {
        principal: 'arn:aws:iam::111122223333:role/deploy',
        action: 'kms:Decrypt',
        resource: {
          resource: 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-4333-8444-555555555555',
          accountId: '111122223333',
        },
        contextVariables: { [key]: value },
      },
      identityPolicies: [{ name: 'current', policy: { Version: '2012-10-17', Statement: [statement] } }],
      resourcePolicy: keyPolicy,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  )
  const ignored = answer.result?.ignoredContextKeys ?? answer.ignoredContextKeys
  console.log(key, answer.overallResult, `left out: ${JSON.stringify(ignored)}`)
}
;(async () => {
  await ask('kms:ViaService', 's3.eu-west-1.amazonaws.com')
  await ask('kms:EncryptionContext:app', 'shop')
})()
JS
seen=$(node ask.cjs)
echo "$seen"
expected='kms:ViaService Allowed left out: []
kms:EncryptionContext:app ImplicitlyDenied left out: ["kms:EncryptionContext:app"]'
if [ "$seen" != "$expected" ]; then
  echo "changed; it was:" >&2
  echo "$expected" >&2
  exit 1
fi
