import { logsOf } from '../log-sample.ts'
import type { Check, Finding, Probe } from '../probe.ts'

const MEANWHILE = 'nothing is seen'

/** A log that was just rotated is empty for a while: then it has siblings. */
export const logReadable: Check = {
  id: 'log-readable',
  title: 'the logs are there, may be read, and are not empty',
  run: (probe) =>
    probe.config.sources.flatMap((source) => {
      if (source.type !== 'file') return []
      const paths = logsOf(probe.tree, source)
      if (paths.length > 0) return paths.flatMap((path) => lookAt(probe, path))
      return [
        {
          severity: 'error' as const,
          place: source.file,
          text: `there is no such log: ${MEANWHILE} until somebody writes it`,
          remedy: 'correct sources:, or have the server log there (docs/servers.md)',
        },
      ]
    }),
}

function lookAt({ tree }: Probe, path: string): Finding[] {
  try {
    if (tree.tail(path, 1).length > 0) return []
  } catch (error) {
    return [
      {
        severity: 'error',
        place: path,
        text: `${(error as Error).message}: ${MEANWHILE}`,
        remedy: 'let the user that sipguard runs as into the group that the log belongs to (SupplementaryGroups= of its unit)',
      },
    ]
  }
  if (tree.glob(`${path}?*`).length > 0) return []
  return [
    { severity: 'warning', place: path, text: 'it is empty, and never was rotated', remedy: 'have the server log there (docs/servers.md)' },
  ]
}
