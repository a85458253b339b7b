/** Where `init` writes the configuration and `doctor` looks for it; the packaged unit names it too. */
export const DEFAULT_CONFIG = '/etc/sipguard/sipguard.yaml'
