import { execFileSync } from 'node:child_process'

/** Where Redis is, for every node. */
export const REDIS_HOST = '10.99.0.1'
const MOST_NODES = 200

let made = 0

/**
 * Hosts in network namespaces, each with a link of its own to the one that Redis is in; nothing leaves them.
 *
 *     node 1 ─┐
 *     node 2 ─┼─ redis
 *     …      ─┘
 */
export class FleetNetwork {
  private readonly id = `sgfleet${process.pid}-${++made}`
  private readonly namespaces: string[] = []

  constructor(nodes: number) {
    if (nodes > MOST_NODES) throw new Error(`expected at most ${MOST_NODES} nodes, got ${nodes}`)
    try {
      const redis = this.add('redis')
      ip('-n', redis, 'link', 'add', 'nodes', 'type', 'bridge')
      ip('-n', redis, 'addr', 'add', `${REDIS_HOST}/24`, 'dev', 'nodes')
      ip('-n', redis, 'link', 'set', 'nodes', 'up')
      for (let number = 1; number <= nodes; number++) {
        const node = this.add(number)
        ip('-n', node, 'link', 'add', 'redis', 'type', 'veth', 'peer', 'name', `node${number}`, 'netns', redis)
        ip('-n', node, 'addr', 'add', `10.99.0.${number + 10}/24`, 'dev', 'redis')
        ip('-n', node, 'link', 'set', 'redis', 'up')
        ip('-n', redis, 'link', 'set', `node${number}`, 'master', 'nodes', 'up')
      }
    } catch (error) {
      this.remove()
      throw error
    }
  }

  /** Put before a command to run it on a host. */
  on(host: 'redis' | number): readonly string[] {
    return ['ip', 'netns', 'exec', `${this.id}-${host}`]
  }

  /** What it prints. @throws when it fails */
  run(host: 'redis' | number, ...command: readonly string[]): string {
    return ip(...this.on(host).slice(1), ...command)
  }

  /** Nothing passes between a node and all others until it is joined again; no connection is told. */
  cut(node: number): void {
    ip('-n', `${this.id}-redis`, 'link', 'set', `node${node}`, 'down')
  }

  join(node: number): void {
    ip('-n', `${this.id}-redis`, 'link', 'set', `node${node}`, 'up')
  }

  /** What still runs on its hosts is killed. */
  remove(): void {
    for (const namespace of this.namespaces.splice(0)) {
      for (const pid of ip('netns', 'pids', namespace).split('\n').filter(Boolean)) endNow(Number(pid))
      ip('netns', 'del', namespace)
    }
  }

  private add(host: 'redis' | number): string {
    const namespace = `${this.id}-${host}`
    ip('netns', 'add', namespace)
    this.namespaces.push(namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
    return namespace
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {} // it has ended by itself
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 })
}
