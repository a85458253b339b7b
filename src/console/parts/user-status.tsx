import type { UserStatus as Status } from '../../records/types.ts'
import { Badge, type Tone } from '../ui/badge.tsx'

const TONES: Readonly<Record<Status, Tone>> = { registered: 'good', failed: 'bad', expired: 'warn', unknown: 'plain' }

const MEANS: Readonly<Record<Status, string>> = {
  registered: 'A contact of this user is bound.',
  failed: 'The newest thing known of this user is a failure.',
  expired: 'The last contact has expired or was taken back.',
  unknown: 'Only an unregistration was seen.',
}

export function UserStatus({ status }: { readonly status: Status }) {
  return (
    <Badge tone={TONES[status]} title={MEANS[status]}>
      {status}
    </Badge>
  )
}
