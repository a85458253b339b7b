import { existsSync } from 'node:fs'

/** Where `init` writes the configuration and `doctor` looks for it; the packaged unit names it too. */
export const DEFAULT_CONFIG = '/etc/sipguard/sipguard.yaml'

/** The configuration that is named, else that of the machine where there is one. */
export function configOrDefault(named: string | undefined): { readonly config?: string } {
  const config = named ?? (existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined)
  return config === undefined ? {} : { config }
}
