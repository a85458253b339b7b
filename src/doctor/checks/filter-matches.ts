import { samplesOf } from '../log-sample.ts'
import type { Check, Finding, Probe } from '../probe.ts'

/** Fewer lines say nothing. */
const LEAST_LINES = 50
/** Of what the daemon counts of sources that are no files. */
const LEAST_RECEIVED = 1000

export const filterMatches: Check = {
  id: 'filter-matches',
  title: 'each source has lines that a filter knows, and that count',
  async run(probe) {
    return [...ofFiles(probe), ...(await ofOthers(probe))]
  },
}

function ofFiles(probe: Probe): Finding[] {
  return samplesOf(probe).flatMap(({ path, source, lines, events, knownToAny }): Finding[] => {
    const forgeable = events.filter(({ why }) => why === 'forgeable').length
    if (forgeable > 0 && forgeable === events.length) {
      return [
        {
          severity: 'error',
          place: path,
          text: `none of its ${forgeable} events counts: a caller could have written such lines himself`,
          remedy: 'have the server log to syslog, or as JSON (docs/servers.md)',
        },
      ]
    }
    if (events.length > 0 || lines < LEAST_LINES) return []
    const [other] = knownToAny
    if (other !== undefined) {
      return [
        {
          severity: 'error',
          place: path,
          text: `filter: ${source.filter} knows none of its last ${lines} lines; ${other} knows ${knownToAny.filter((name) => name === other).length}`,
          remedy: `filter: ${other}, or no filter: at all`,
        },
      ]
    }
    return [unknown(path, `no filter knows any of its last ${lines} lines`)]
  })
}

async function ofOthers(probe: Probe): Promise<Finding[]> {
  const status = await probe.status()
  const files = new Set(samplesOf(probe).map(({ path }) => path))
  return (status?.sources ?? [])
    .filter(({ name, lines, unmatched }) => !files.has(name) && lines >= LEAST_RECEIVED && unmatched === lines)
    .map(({ name, lines }) => unknown(name, `no filter knew any of its ${lines} lines since the daemon's start`))
}

const unknown = (place: string, text: string): Finding => ({
  severity: 'warning',
  place,
  text,
  remedy: 'does the server log what is needed? docs/servers.md; what a line is: sipguard classify --all FILE',
})
