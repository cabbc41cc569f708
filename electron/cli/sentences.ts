import type { BackupError, ErrorCode } from '#common/errors.ts'

/** What happened, what is safe, what to do. */
type Sentences = readonly [what: string, safe: string, todo: string]

const SENTENCES: Readonly<Record<Exclude<ErrorCode, 'usage'>, Sentences>> = {
  unexpected: [
    'Something went wrong that Keepsake did not foresee.',
    'What was backed up before is as it was.',
    'Please run it again, and report it with the lines below if it stays.',
  ],
  'destination-missing': [
    'The place for the backup is not there right now.',
    'Nothing was changed, and backups in it are as they were.',
    'Plug the drive in or check the path, then run this again.',
  ],
  'no-repository': [
    'There is no Keepsake backup at this place.',
    'Nothing was written.',
    'Check the path, or turn backup on there with create.',
  ],
  'wrong-secret': [
    'This password or key does not open the backup.',
    'Nothing was changed.',
    'Check the file that holds it; if it was changed on another computer, use the new one.',
  ],
  damaged: [
    'A part of the backup is damaged or missing.',
    'Everything else in it can be restored.',
    'Run check to see what is affected, and backup to store again what this computer still has.',
  ],
  'rolled-back': [
    'The backup is older than what this computer has seen, or something of it has gone.',
    'Nothing was written.',
    'Find out who changed the place. To go on from what is there now, add --accept-older.',
  ],
  'destination-full': [
    'The place for the backup is full.',
    'Earlier backups are whole, and what was stored now will be used by the next run.',
    'Make room there, then run this again.',
  ],
  'secret-weak': [
    'This password is too easy to guess.',
    'Nothing was written.',
    'Use at least 10 characters that nobody would guess, such as six random words, or a key with --new-key-file.',
  ],
  'sign-in-needed': [
    'Access to the place for the backup was refused, or it cannot be written.',
    'Backups in it are as they were.',
    'Check its permissions and whether the drive is write-protected, then run this again.',
  ],
  'source-unreadable': [
    'A folder of chats could not be read.',
    'Earlier backups are as they were; what could be read was saved.',
    'Check that it is there and that you may read it, then run this again.',
  ],
  'too-new': [
    'A newer version of Keepsake made this backup.',
    'Nothing was changed.',
    'Update Keepsake on this computer.',
  ],
  'key-settings': [
    'The backup asks for an amount of work to check the password that is not safe.',
    'Nothing was opened and nothing was changed.',
    'Somebody may have tampered with the slot files: bring back an earlier copy of them.',
  ],
  'target-unusable': [
    'The folder to restore into is not empty, or cannot be written.',
    'Nothing in it was overwritten.',
    'Choose a new or empty folder that you may write.',
  ],
  'looks-wrong': [
    'This backup would change unusually much, so it was stopped.',
    'Earlier backups are as they were.',
    'Look at the chats on this computer. If the change is right, say so with --accept-change.',
  ],
  'repository-exists': [
    'There is a Keepsake backup at this place already.',
    'It was not touched.',
    'Use it with its own password or key, or make a second one beside it with --another.',
  ],
  'key-malformed': [
    'This is not a 64-digit key.',
    'Nothing was changed.',
    'A key has 64 digits from 0 to 9 and a to f, however they are grouped.',
  ],
  'not-found': [
    'There is no such snapshot, or nothing at the path that was asked for.',
    'Nothing was written.',
    'Run snapshots to see what there is; paths are as they would lie in the restore folder.',
  ],
  offline: [
    'The place for the backup cannot be reached over the network.',
    'Nothing was lost, and backups in it are as they were.',
    'Connect to the network, then run this again.',
  ],
  'disk-full': [
    'The disk of this computer is full.',
    'The backup itself is as it was.',
    'Make room, then run this again: it goes on from where it stopped.',
  ],
  'keychain-locked': [
    'The keychain of this computer is locked.',
    'Nothing was changed.',
    'Unlock it, then run this again.',
  ],
  busy: [
    'Another run of Keepsake is using the same state folder.',
    'Nothing was changed.',
    'Wait until it has ended, then run this again.',
  ],
  cancelled: [
    'Stopped, as you asked.',
    'Earlier backups are whole, and what was stored now will be used.',
    'Run this again to go on.',
  ],
}

/** Where one code has several causes, the sentences that fit better. */
const BY_REASON: Readonly<Record<string, Sentences>> = {
  'sign-in-needed/revoked': [
    'Google does not accept this sign-in any more.',
    'Earlier backups are whole.',
    'Sign in again, and put the new refresh token into the file.',
  ],
  'sign-in-needed/client': [
    'Google does not know this client id and secret, or does not accept them any more.',
    'Earlier backups are whole.',
    'Check them in the file.',
  ],
  'sign-in-needed/scope': [
    'This sign-in does not let Keepsake keep files in Google Drive.',
    'Nothing was changed.',
    'Sign in again, and leave the permission for its own files ticked.',
  ],
  'offline/daily-limit': [
    'What Google allows in a day is used up.',
    'What was stored so far will be used by the next run.',
    'Run it again tomorrow.',
  ],
  'destination-missing/not-downloaded': [
    'A file of the backup is in iCloud only, and does not come to this computer.',
    'Nothing was changed.',
    'Choose "Keep Downloaded" for its folder, or go online, then run this again.',
  ],
  'destination-missing/no-icloud': [
    'There is no iCloud Drive on this computer.',
    'Nothing was changed.',
    'Turn it on in the settings of the system, or name the folder by its path.',
  ],
  'rolled-back/vanished': [
    'The backup that this computer knows at this place is gone.',
    'Nothing was written.',
    'If the folder was moved, bring it back or name its new place. To store it again from this computer, add --reupload; to begin anew, use create --another.',
  ],
  'rolled-back/settings': [
    'The place has lost settings that this computer has seen, or shows older ones.',
    'Nothing was written.',
    'Find out who changed the place. To put them back from this computer, add --reupload; to go on without, --accept-older.',
  ],
  'rolled-back/being-deleted': [
    'The deletion of this backup was begun on this computer.',
    'Nothing was written.',
    'Finish it with turn-off --confirm --delete-backups.',
  ],
  'wrong-secret/secret-replaced': [
    'This password or key was replaced by another.',
    'Nothing was changed.',
    'Use the new one.',
  ],
  'looks-wrong/files-gone': [
    'Many files that were backed up are gone from this computer, so the backup was stopped.',
    'Earlier backups are as they were and keep what is gone.',
    'Look at the chats on this computer. If they were deleted on purpose, add --accept-change.',
  ],
  'looks-wrong/database-shrunk': [
    'A message database is half of what it was or less, so the backup was stopped.',
    'Earlier backups are as they were and keep what is gone.',
    'Look at the chats on this computer. If this is right, add --accept-change.',
  ],
  'looks-wrong/incompressible': [
    'Much that was readable looks scrambled now, so the backup was stopped.',
    'Earlier backups are as they were.',
    'Somebody may be encrypting files on this computer. If the change is right, add --accept-change.',
  ],
  'looks-wrong/rewritten': [
    'Many files have the same size and another content, so the backup was stopped.',
    'Earlier backups are as they were.',
    'Somebody may be encrypting files on this computer. If the change is right, add --accept-change.',
  ],
  'looks-wrong/prune': [
    'More than a fifth of what is stored would go at once, so nothing was done.',
    'All backups are as they were.',
    'See with --dry-run what would go. If this is right, add --accept-change.',
  ],
  'looks-wrong/frozen': [
    'The last backup on this computer was stopped because it looked wrong; until that is settled nothing old goes.',
    'All backups are as they were.',
    'Back up first, with --accept-change if the change is right.',
  ],
  'not-found/device': [
    'There is no such computer in this backup, or it is this one.',
    'Nothing was written.',
    'Run devices to see which there are. This computer is ended with turn-off.',
  ],
  'not-found/path': [
    'Nothing in this snapshot lies at a path given with --only.',
    'Nothing was written.',
    'Paths are as they would lie in the restore folder, with / between the parts.',
  ],
}

const USAGE_REASONS: Readonly<Record<string, string>> = {
  'unknown-command': 'This command is not known.',
  'one-destination': 'A command needs exactly one place for the backup.',
  'stray-option': 'This command does not take that option.',
  'option-twice': 'This option was given twice.',
  'option-missing': 'This command needs one more option.',
  'empty-option': 'This option needs a value that is not empty.',
  options: 'These options cannot be read.',
  'one-secret': 'Give exactly one file that holds the password or the key.',
  'one-new-secret': 'Give exactly one of --new-password-file and --new-key-file.',
  'one-other-secret': 'Give at most one of --also-password-file, --also-key-file and --drop-other.',
  'same-kind-twice': 'The second secret must be of the other kind.',
  'same-secret-twice': 'The second secret must be of the other kind.',
  'other-secret': 'The backup opens with a second secret; give it as well, or drop it with --drop-other.',
  'settings-full': 'The settings of this backup have no room for one more rotation.',
  'not-a-number': 'This option needs a whole number from 0 to 9999.',
  'same-source-twice': 'The same source was given twice.',
  'too-many-sources': 'A snapshot holds at most 64 sources.',
  'unknown-source': 'This kind of chats is not known; a folder is given by its path.',
  'unknown-place': 'This kind of place is not known; a folder is given by its path.',
  account: 'The file given with --destination-config does not hold what this kind of place needs.',
  'account-missing': 'This kind of place needs its account, in a file given with --destination-config.',
  'drive-folder': 'A place in Google Drive is gdrive: and the name of one folder, without a slash.',
  'icloud-folder': 'A place in iCloud Drive is icloud: and the name of a folder that iCloud uploads.',
  's3-bucket': 'An S3 place is s3: and the name of a bucket, perhaps with / and a folder in it.',
  'webdav-url': 'A WebDAV place is webdav: and an address like https://host/folder, without name or password in it.',
  'not-private': 'Only https is used, so that nobody on the way can read along.',
  'needless-account': 'A folder needs no --destination-config.',
  'destination-config': 'The file given with --destination-config is not there, or is no JSON.',
  'secret-file': 'The file with the password or key cannot be read.',
  'secret-file-too-long': 'The file with the password or key is too long to be one.',
  'password-not-utf8': 'The password file is not UTF-8 text.',
  'new-key-file': 'The file for the new key cannot be made, or exists already.',
  'state-folder': 'The state folder cannot be made or written; another is named with --state.',
  'several-repositories': 'There are several backups at this place that fit; name the folder of one of them.',
  'snapshot-id': 'A snapshot is named by at least 6 of its 16 hex digits.',
  'device-id': 'A computer is named by at least 6 of the 32 hex digits of its id.',
  'ambiguous-snapshot': 'Several snapshots begin with these digits; give more of them.',
}

/** A failure in plain words: what happened, what is safe, what to do, and where. */
export function explain({ code, facts }: BackupError): string {
  const reason = String(facts['reason'] ?? '')
  if (code === 'usage') {
    const about = [facts['detail'], facts['folders'], facts['kind']].filter((fact) => fact !== undefined && fact !== '')
    const what = USAGE_REASONS[reason] ?? 'This command line cannot be understood.'
    return `${what}${about.length > 0 ? ` (${about.join(' ')})` : ''} Nothing was done. See --help.`
  }
  const sentences = BY_REASON[`${code}/${reason}`] ?? SENTENCES[code]
  const { letter, digits, name, whole, changed, n, m } = facts
  const details = [
    letter === undefined ? '' : `It has the character "${letter}", which no key has.`,
    digits === undefined ? '' : `It has ${digits} digits.`,
    name === undefined || name === '' ? '' : `About: ${name}.`,
    n === undefined || m === undefined ? '' : `${n} of ${m}.`,
    whole === undefined ? '' : `The newest snapshot that is whole: ${whole}.`,
    changed === undefined ? '' : 'The new password or key may count already: try it first. A new key file was kept.',
  ]
  return [...sentences, ...details.filter((detail) => detail !== '')].join(' ')
}
