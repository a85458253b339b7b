import { SipguardError } from '../errors.ts'
import { CHECKS } from './checks/index.ts'
import { type Check, type Finding, type Probe, SEVERITIES, Unchecked } from './probe.ts'

export { CHECKS } from './checks/index.ts'
export { createMachineProbe } from './machine-probe.ts'
export type { Finding, Probe } from './probe.ts'

export interface Examined {
  readonly check: Check
  /** The worst first. */
  readonly findings: readonly Finding[]
  /** Why it could not look; null: it could. */
  readonly unchecked: string | null
}

/** Runs every check. None stops another. */
export async function examine(probe: Probe): Promise<Examined[]> {
  const examined: Examined[] = []
  for (const check of CHECKS) examined.push(await runCheck(check, probe))
  return examined
}

async function runCheck(check: Check, probe: Probe): Promise<Examined> {
  try {
    const findings = [...(await check.run(probe))]
    findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
    return { check, findings, unchecked: null }
  } catch (error) {
    if (!(error instanceof Unchecked || error instanceof SipguardError)) throw error
    return { check, findings: [], unchecked: error.message }
  }
}

/** Whether anything is wrong; a note is not. */
export function isWrong(examined: readonly Examined[]): boolean {
  return examined.some(({ findings }) => findings.some(({ severity }) => severity !== 'note'))
}
