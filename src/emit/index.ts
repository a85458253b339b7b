export { emitFail2Ban } from './fail2ban.ts'
export { readServerConfiguration } from './server-configuration.ts'
export { filesBeside, missingParts, readSnippet, type SnippetName } from './snippet.ts'
export { writeFiles } from './write-files.ts'
