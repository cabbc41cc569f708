/** What the command line prints when it is asked nothing, or the wrong thing. docs/cli.md says it at length. */
export const USAGE = `Keepsake on the command line: end-to-end encrypted backups of chats.

  create DEST (--password-file F | --key-file F | --new-key-file F) [--another]
  backup DEST --source S [--source S]… SECRET [--accept-older] [--reupload] [--accept-change]
  snapshots DEST SECRET
  devices DEST SECRET [--retire ID]
  restore DEST --to DIR [--snapshot ID] [--only PATH]… SECRET [--accept-older]
  check DEST [--read-data] SECRET
  prove DEST SECRET
  prune DEST SECRET [--dry-run] [--keep-daily N] [--keep-weekly N] [--keep-monthly N] [--reencrypt]
        [--undo ID]… [--accept-older] [--reupload] [--accept-change]
  change-secret DEST SECRET (--new-password-file F | --new-key-file F) [--keep] [--accept-older] [--reupload]
  rotate DEST SECRET [--also-password-file F | --also-key-file F | --drop-other] [--accept-older] [--reupload]
  turn-off DEST SECRET --confirm [--delete-backups]

  SECRET   --password-file F or --key-file F
  DEST     a folder, also written folder:PATH; webdav:URL; s3:BUCKET[/FOLDER]; gdrive:[FOLDER]
  Every command takes --destination-config F (the account of a place that needs one), --state DIR (what this device
  keeps for itself) and --json (one value on stdout).

Exit codes and everything else: docs/cli.md
`
