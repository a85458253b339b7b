import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { makeNamespace, type Namespace } from './namespace.ts'

/**
 * attacker ── server ── behind. The server echoes on 5060 and 22, and hands UDP and TCP 5070 on to the host behind it (DNAT).
 * The attacker owns several addresses; CONTROL is never banned.
 */
const SERVER = { v4: '10.99.0.1', v6: 'fd99::1' }
export const ATTACKER = { v4: '10.99.0.2', v6: 'fd99:0:0:9::2', neighbour6: 'fd99:0:0:9::3', other6: 'fd99:0:0:8::2' }
const CONTROL = '10.99.0.9'
export const SIP = 5060
export const FORWARDED = 5070
/** Reached through the server. */
export const BEHIND = '10.98.0.2'

/** What a server may have of its own: DNAT, and rules that accept the attacker and whatever is established. */
const FOREIGN = `
table ip foreign {
  chain to_behind {
    type nat hook prerouting priority -100;
    meta l4proto { tcp, udp } th dport ${FORWARDED} dnat to ${BEHIND}:${SIP}
  }
}
table inet foreign {
  chain early {
    type filter hook prerouting priority -150;
    ct state established,related accept
    ip saddr ${ATTACKER.v4} accept
  }
  chain input {
    type filter hook input priority 0;
    ct state established,related accept
    ip saddr ${ATTACKER.v4} accept
  }
  chain forward {
    type filter hook forward priority 0;
    ct state established,related accept
  }
}`

export interface Probe {
  /** Messages of the same flow use the same socket. */
  readonly flow: string
  readonly protocol: 'udp' | 'tcp'
  readonly from: string
  readonly port: number
  /** Default: any. */
  readonly sourcePort?: number
  /** Default: the server. */
  readonly to?: string
}

export interface Network {
  readonly server: Namespace
  readonly attacker: Namespace
  /** Resolves when the answer is there; a lost one never resolves. */
  answered(probe: Probe): Promise<void>
  /** Whether an answer is missing although one sent later, from an address nobody bans, has come. */
  dropped(probe: Probe): Promise<boolean>
  /** Sends UDP without a pause from this address while `task` runs. */
  flood(from: string, task: () => Promise<void>): Promise<{ sent: number; answered: number }>
  remove(): Promise<void>
}

export async function makeNetwork(): Promise<Network> {
  const namespaces = [makeNamespace(), makeNamespace(), makeNamespace()] as const
  try {
    return await connect(...namespaces)
  } catch (error) {
    for (const namespace of namespaces) namespace.remove()
    throw error
  }
}

async function connect(attacker: Namespace, server: Namespace, behind: Namespace): Promise<Network> {
  join(attacker, server, Object.values(ATTACKER).concat(CONTROL), Object.values(SERVER))
  join(server, behind, ['10.98.0.1'], [BEHIND])
  behind.run('ip', 'route', 'add', 'default', 'via', '10.98.0.1')
  attacker.run('ip', 'route', 'add', '10.98.0.0/24', 'via', SERVER.v4)
  server.run('sysctl', '-qw', 'net.ipv4.ip_forward=1')
  server.run('nft', FOREIGN)
  const children = [node(server, 'echo.ts', String(SIP), '22'), node(behind, 'echo.ts', String(SIP)), node(attacker, 'client.ts')]
  const client = children[2] as ChildProcess
  await Promise.all(children.slice(0, 2).map((child) => once(child.stdout!, 'data')))

  const waiting = new Map<number, (line: string) => void>()
  createInterface(client.stdout!).on('line', (line) => {
    const id = Number(line.startsWith('{') ? JSON.parse(line).id : line)
    waiting.get(id)?.(line)
    waiting.delete(id)
  })
  let lastId = 0
  const order = (what: object) => {
    const id = ++lastId
    const answer = new Promise<string>((resolve) => waiting.set(id, resolve))
    client.stdin!.write(`${JSON.stringify({ id, ...what })}\n`)
    return answer
  }
  const answered = async (probe: Probe) => {
    await order({ to: probe.from.includes(':') ? SERVER.v6 : SERVER.v4, ...probe })
  }
  return {
    server,
    attacker,
    answered,
    async dropped(probe) {
      let came = false
      void answered(probe).then(() => {
        came = true
      })
      for (const port of [SIP, FORWARDED]) {
        for (const protocol of ['udp', 'tcp'] as const)
          await answered({ flow: `control ${protocol} ${port}`, protocol, from: CONTROL, port })
      }
      return !came
    },
    async flood(from, task) {
      const result = order({ flow: `flood ${from}`, flood: true, from, to: SERVER.v4, port: SIP })
      await task()
      client.stdin!.write('{"stop":true}\n')
      return JSON.parse(await result)
    },
    async remove() {
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
      for (const namespace of [attacker, server, behind]) namespace.remove()
    },
  }
}

/** A veth pair between two namespaces, with these addresses at its ends. */
function join(left: Namespace, right: Namespace, leftAddresses: readonly string[], rightAddresses: readonly string[]): void {
  const device = `to-${right.name.slice(-8)}`
  const peer = `to-${left.name.slice(-8)}`
  left.run('ip', 'link', 'add', device, 'type', 'veth', 'peer', 'name', peer, 'netns', right.name)
  for (const [namespace, link, addresses] of [[left, device, leftAddresses] as const, [right, peer, rightAddresses] as const]) {
    for (const address of addresses) {
      const form = address.includes(':') ? [`${address}/32`, 'nodad'] : [`${address}/24`]
      namespace.run('ip', 'addr', 'add', ...form, 'dev', link)
    }
    namespace.run('ip', 'link', 'set', link, 'up')
  }
}

function node(namespace: Namespace, script: string, ...args: readonly string[]): ChildProcess {
  const [file, ...rest] = [...namespace.prefix, process.execPath, `${import.meta.dirname}/${script}`, ...args] as [string, ...string[]]
  return spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
}
