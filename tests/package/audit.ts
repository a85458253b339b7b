import { execFile } from 'node:child_process'
import { root } from '../sipguard.ts'

/** What the registry knows against the packages that are shipped; or why nothing was asked. */
export type Audit = { readonly found: readonly string[] } | { readonly unchecked: string }

interface NpmReport {
  readonly auditReportVersion?: number
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>
  /** Where the registry gave no advisories: its answer, or why there was none. */
  readonly statusCode?: number
  readonly message?: string
}

/** Runs `npm run audit`. @throws where npm says neither */
export async function audit(...options: readonly string[]): Promise<Audit> {
  const words = ['run', '--silent', 'audit', '--', '--json', '--fetch-retries=0', '--fetch-timeout=30000', ...options]
  const out = await new Promise<string>((done) => execFile('npm', words, { cwd: root }, (_, stdout) => done(stdout)))
  const { auditReportVersion, vulnerabilities = {}, statusCode, message = '' } = JSON.parse(out) as NpmReport
  if (auditReportVersion !== undefined)
    return { found: Object.entries(vulnerabilities).map(([name, { severity }]) => `${name}: ${severity}`) }
  if (statusCode !== undefined || message.startsWith('request to ')) return { unchecked: message }
  throw new Error(`npm audit: ${out}`)
}
