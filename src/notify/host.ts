import { hostname } from 'node:os'

/** How this machine is called in messages. */
export const hostName = (): string => hostname().replace(/[^\w.-]/g, '') || 'localhost'
