/** The readable note in every repository: no personal data, and no promise that depends on this app living on. */
export const NOTE = `This folder holds an encrypted backup made by Keepsake.

What it is
  Chats of the person who made it, locked on their computer before they came here.
  Nobody can read them without the password or the 64-digit key that this person chose:
  not whoever stores this folder, and not the makers of Keepsake.

What to do with it
  Leave it as it is. Do not rename, move or delete single files.
  To restore: install Keepsake, choose "Restore a backup" and point it at this folder.

If Keepsake is gone
  restore-1.mjs restores everything with Node.js 24 or newer and nothing else:
    node restore-1.mjs THIS-FOLDER --to AN-EMPTY-FOLDER --password-file FILE
  Take it from the Keepsake release, or from a copy you kept, not from this folder: whoever
  keeps this folder for you could have changed it, and it is given your password or key.
  The format is public and complete: docs/format.md in the Keepsake source, format 1.

If the password and the key are lost, and no computer is signed in, nobody can open this.
`
