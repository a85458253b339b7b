/** What operators are told of the daemon's own health: each while it lasts, and when it is over. */
export const HEALTH_KINDS = [
  /** A source cannot be read, or is not there. */
  'source_unread',
  /** A source says nothing. */
  'source_silent',
  /** Of a source of HEP it is not known which address is the server. */
  'source_undirected',
  /** A source's times lie in the future. */
  'source_ahead',
  /** A source's lines come so late that bans do. */
  'backlog',
  /** The firewall does not confirm what is decided. */
  'enforcement_unverified',
  'state_unwritable',
  /** What is to be recorded waits. */
  'records_away',
  /** The database refuses records. */
  'records_refused',
  /** This node cannot reach what the fleet shares, and goes on alone. */
  'fleet_away',
  /** A reload brought nothing: the old configuration stays. */
  'config_refused',
  /** A channel of `notify:` takes no messages. */
  'channel_failing',
  /** Any other trouble that `sipguard status` shows. */
  'degraded',
] as const
export type HealthKind = (typeof HEALTH_KINDS)[number]
