const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory, not a file',
  ENOTREG: 'it is not a regular file',
  EMFILE: 'too many open files (LimitNOFILE= of the unit, or ulimit -n, allows more)',
  ENFILE: 'too many open files',
  ELOOP: 'its symbolic links form a loop',
  EIO: 'the disk reports an error',
  ESTALE: 'the network file system lost it',
  Z_BUF_ERROR: 'the gzip data ends too early',
  Z_DATA_ERROR: 'the gzip data is corrupt',
}

/** Why a file cannot be read, in words. Unknown errors speak for themselves. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error)
  return (code && WORDS[code]) || (error instanceof Error ? error.message : String(error))
}

/** `ENOENT`, `Z_DATA_ERROR` …; undefined for anything that is not a system or zlib error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
