import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { root } from '../sipguard.ts'
import { makeScene } from './scene.ts'
import { ENDS_WITH, NOT_RUN, PLACEHOLDERS, STEPS, type Step, stepsUnder, UNTIL_STOPPED } from './steps.ts'
import { HOME, makeWorld, type World } from './world.ts'

/** Starts what goes on, waits until it serves or prints, and stops it. A second daemon would be refused, so the scene's is put aside. */
const STOPPED = `
case $1 in
  *' watch '*)
    systemctl stop sipguard
    touch /run/put-aside
    ready() { curl --output /dev/null --unix-socket /run/sipguard/sipguard.sock http://localhost/healthz 2>/dev/null; } ;;
  *) ready() { [ -s /tmp/printed ]; } ;;
esac
export RUNTIME_DIRECTORY=/run/sipguard
eval "exec $1" >/tmp/printed &
until ready; do kill -0 $!; sleep 0.05; done
kill -TERM $!
wait $! || [ $? = 143 ]
`
const WITH_DAEMON = `
if [ -e /run/put-aside ]; then rm /run/put-aside; systemctl start sipguard; fi
`

/** Why a step is not as the page says; null where it is. */
async function faultOf(world: World, { page, line, command }: Step): Promise<string | null> {
  const filled = Object.entries(PLACEHOLDERS).reduce((text, [word, value]) => text.replaceAll(word, value), command)
  const script = UNTIL_STOPPED.test(command) ? [STOPPED, 'bash', filled] : [WITH_DAEMON + filled]
  const { status, out, err } = await world.run(['timeout', '60', 'bash', '-euo', 'pipefail', '-c', ...script], {
    folder: /^(?:node|npm run) /.test(command) ? root : HOME,
  })
  const expected = ENDS_WITH.find(({ commands }) => commands.test(command))?.status ?? 0
  return status === expected
    ? null
    : `${page}:${line}: ${command}\nended with ${status}, expected ${expected}: ${out.slice(-500)}${err.slice(-1000)}`
}

/** What is wrong with these steps, one after the other. */
async function faultsOf(world: World, steps: readonly Step[]): Promise<string[]> {
  const faults: string[] = []
  for (const step of steps) {
    const fault = NOT_RUN[step.command] === undefined ? await faultOf(world, step) : null
    if (fault !== null) faults.push(fault)
  }
  return faults
}

async function within<T>(making: Promise<World>, act: (world: World) => Promise<T>): Promise<T> {
  const world = await making
  try {
    return await act(world)
  } finally {
    await world.remove()
  }
}

const follow = (steps: readonly Step[]) => within(makeScene(), (world) => faultsOf(world, steps))

/** Each of these changes much of what it finds; all others are followed one after the other. */
const ALONE = ['README.md', 'docs/cli.md', 'docs/api.md', 'docs/operations.md']
const programs = ['root', 'unshare', 'nsenter', 'ip', 'nft', 'redis-server', 'curl', 'jq', 'sqlite3', 'fail2ban-client']

describe.skipIf(needs(...programs))('who follows a page from its top to its end', { timeout: 600_000 }, () => {
  test.concurrent.each(ALONE)('finds every command of %s to work', async (page) => {
    expect(await follow(STEPS.filter((step) => step.page === page))).toEqual([])
  })

  test.concurrent('finds every command of the other pages to work', async () => {
    expect(await follow(STEPS.filter(({ page }) => !ALONE.includes(page)))).toEqual([])
  })

  test('lets a customer in who is locked out', async () => {
    await within(makeScene(), async (world) => {
      const inKernel = async () => (await world.run(['nft', 'list', 'set', 'inet', 'sipguard', 'ban4'])).out.includes('192.0.2.7 ')
      expect(await inKernel()).toBe(true)
      expect(await faultsOf(world, stepsUnder('docs/operations.md', '### A customer is locked out'))).toEqual([])
      expect(await inKernel()).toBe(false)
      expect(await world.run(['sipguard', 'why-not', '192.0.2.7', '--json'])).toMatchObject({
        status: 0,
        out: expect.stringContaining('"allowed"'),
      })
    })
  })

  test('has back what was backed up', async () => {
    await within(makeScene(), async (world) => {
      const run = async (command: string) => expect(await world.run(['bash', '-ec', command]), command).toMatchObject({ status: 0 })
      // A fleet would tell what was decided since.
      await run("sed -i '/^store:/d' /etc/sipguard/sipguard.yaml; systemctl restart sipguard; useradd --system --user-group sipguard")
      await run('sipguard allow add 198.51.100.0/24')
      const steps = stepsUnder('docs/operations.md', '## Backup and restore')
      const restore = steps.findIndex(({ command }) => command.startsWith('systemctl stop'))
      expect(await faultsOf(world, steps.slice(0, restore))).toEqual([])
      await run('sipguard unban --all; sipguard allow rm 198.51.100.0/24')
      expect(await faultsOf(world, steps.slice(restore))).toEqual([])
      await run('sipguard bans | grep 192.0.2.7')
      await run('sipguard allow check 198.51.100.7')
    })
  })

  test('would find one that does not', async () => {
    const wrong = { page: 'a page', line: 7, command: 'sipguard unban --al' }
    const right = { page: 'a page', line: 8, command: 'sipguard --version' }
    const [fault, ...others] = await within(makeWorld(), (world) => faultsOf(world, [wrong, right]))
    expect(fault).toContain("a page:7: sipguard unban --al\nended with 2, expected 0: sipguard: unknown option '--al'")
    expect(others).toEqual([])
  })
})

test('the lists of what is not simply run name what stands in a page', () => {
  const commands = STEPS.map(({ command }) => command)
  expect(Object.keys(NOT_RUN).filter((command) => !commands.includes(command))).toEqual([])
  expect(ENDS_WITH.filter((entry) => !commands.some((command) => entry.commands.test(command)))).toEqual([])
  expect(STEPS.length).toBeGreaterThan(120)
})
