/**
 * Records fixtures/hep from a real Kamailio with share/snippets/hep/kamailio.cfg: a file is what one conversation was mirrored as, packet
 * after packet (root; half a minute). What the events must be stands in fixtures/hep/index.json, written by hand.
 *
 *     node tests/lab/record-hep.ts [NAME…]
 */
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Lab } from './lab.ts'
import { ATTACKERS, SBC, UNKNOWN } from './network.ts'

const [GUESSER] = ATTACKERS as [string]
const FLAGS = ['--force', '--domain', 'example.com']
const disguise = join(import.meta.dirname, 'ordinary-agent.py')
const into = join(import.meta.dirname, '../../fixtures/hep')

const CONVERSATIONS: Record<string, { readonly pike?: boolean; run(lab: Lab): Promise<unknown> }> = {
  register: { run: (lab) => lab.register({ times: 1 }) },
  guess: { run: (lab) => lab.call('attacker', 'stuff', 3, 5, GUESSER) },
  forge: { run: (lab) => lab.call('attacker', 'forge', GUESSER, 2, 5, `${UNKNOWN}:5060`) },
  enumerate: {
    run: (lab) => lab.run('attacker', 'timeout', ['3', 'python3', disguise, 'svwar', '-e', '2000-2004', '-m', 'REGISTER', ...FLAGS, SBC]),
  },
  scan: { run: (lab) => lab.run('attacker', 'timeout', ['-s', 'INT', '3', 'svmap', '-m', 'OPTIONS', SBC]) },
  flood: { pike: true, run: (lab) => lab.call('attacker', 'flood', GUESSER, 20, 2) },
}

mkdirSync(into, { recursive: true })
const wanted = process.argv.slice(2)
for (const [name, { pike = false, run }] of Object.entries(CONVERSATIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const lab = new Lab()
  try {
    const heard: Buffer[] = []
    const ear = lab.start('sbc', process.execPath, [fileURLToPath(new URL('hear.ts', import.meta.url))])
    ear.stdout!.on('data', (chunk: Buffer) => heard.push(chunk))
    await once(ear.stderr!, 'data')
    await lab.startKamailio({ pike, dropsScanners: false, hep: true })
    await run(lab)
    await sleep(500)
    writeFileSync(join(into, `${name}.bin`), Buffer.concat(heard))
    console.log(`${name}: ${Buffer.concat(heard).length} bytes`)
  } finally {
    await lab.end()
  }
}
