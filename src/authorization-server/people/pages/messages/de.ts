import type { en } from "./en.js";

/** German texts. */
export const de: Record<keyof typeof en, string> = {
  signIn: "Anmelden",
  signInFor: "um mit {client} fortzufahren",
  signInForApps: "um zu sehen, welche Anwendungen Zugriff auf Ihr Konto haben",
  accounts: "Konten",
  userName: "Benutzername",
  password: "Passwort",
  cancel: "Abbrechen und zurück",
  wrongPassword: "Benutzername oder Passwort ist falsch.",
  tooManyAttempts:
    "Zu viele Versuche. Warten Sie einige Minuten, oder verwenden Sie einen Browser, in dem Sie sich schon einmal angemeldet haben.",

  allowAccess: "Zugriff erlauben",
  allowVerified: "Darf {client} dies für Sie tun?",
  allowUnverified: "Darf eine Anwendung, die sich „{client}“ nennt, dies für Sie tun?",
  signedInAs: "Angemeldet als {account}.",
  switchAccount: "Anderes Konto verwenden",
  onResource: "Auf {resource}",
  aboutYou: "Über Sie",
  publishedBy: "Herausgeber",
  verified: "{host} (geprüft)",
  notVerified: "Nicht geprüft. Die Anwendung hat ihren Namen selbst gewählt.",
  answersTo: "Die Antwort geht an",
  answersToLoopback: "eine Anwendung auf diesem Gerät ({value})",
  answersToScheme: "eine Anwendung auf diesem Gerät ({value})",
  answersToDevice: "das Gerät, das den Code {value} anzeigt",
  organization: "Für welche Organisation?",
  remember: "In diesem Browser {days} Tage lang nicht mehr fragen",
  deny: "Ablehnen",
  allow: "Erlauben",
  consentNote: "Erlauben Sie dies nur, wenn Sie es selbst begonnen haben.",
  consentNoteDevice:
    "Erlauben Sie dies nur, wenn Sie das Gerät vor sich haben und es den Code {value} anzeigt.",
  requestChanged: "Die Anfrage hat sich geändert. Prüfen Sie, was jetzt angefragt wird.",
  chooseOrganization: "Wählen Sie eine Organisation, der Sie angehören.",

  deviceTitle: "Gerät verbinden",
  deviceIntro: "Geben Sie den Code ein, den das Gerät anzeigt.",
  deviceIntroFilled: "Fahren Sie nur fort, wenn Ihr Gerät diesen Code anzeigt.",
  deviceCode: "Code",
  continue: "Weiter",
  deviceWrong: "Kein Gerät hat diesen Code. Prüfen Sie den Code, und versuchen Sie es noch einmal.",
  deviceExpired: "Dieser Code ist abgelaufen. Beginnen Sie am Gerät von vorn.",
  deviceUsed: "Dieser Code wurde schon verwendet. Beginnen Sie am Gerät von vorn.",
  deviceAllowed: "Das Gerät ist verbunden",
  deviceAllowedText: "Sie können diese Seite schließen und am Gerät fortfahren.",
  deviceDenied: "Das Gerät wurde nicht verbunden",
  deviceDeniedText: "Sie können diese Seite schließen.",

  apps: "Verbundene Anwendungen",
  appsIntro: "Diese Anwendungen können für {account} handeln.",
  noApps: "Keine Anwendung hat Zugriff auf Ihr Konto.",
  since: "Zugriff seit {date}",
  lastUsed: "zuletzt verwendet am {date}",
  forOrganizations: "Für {organizations}",
  revoke: "Zugriff entziehen",
  revokeOf: "Zugriff von {client} entziehen",
  signOut: "Abmelden",
  signOutEverywhere: "Überall abmelden",
  signOutEverywhereNote: "Beendet alle Sitzungen und den Zugriff aller Anwendungen.",
  signedOut: "Sie sind abgemeldet",
  signedOutText: "Sie können diese Seite schließen.",

  notSignedIn:
    "Die Anmeldeseite der Anwendung hat Sie zurückgeschickt, aber Sie sind nicht angemeldet. Erlauben Sie Cookies für diese Website, und versuchen Sie es noch einmal.",
  noAccount: "Ihr Konto hat hier keinen Zugriff.",

  failed: "Das hat nicht geklappt",
  startAgain: "Gehen Sie zurück zur Anwendung, und beginnen Sie von vorn.",
  addAgain:
    "Die Anwendung verwendet eine Registrierung, die dieser Server nicht kennt. Entfernen Sie den Server in der Anwendung, und fügen Sie ihn wieder hinzu.",
  wait: "Warten Sie einen Moment, und versuchen Sie es noch einmal.",
  answered:
    "Sie haben diese Anfrage schon beantwortet. Wenn die Anwendung nicht fortfährt, beginnen Sie dort von vorn.",
  expired: "Diese Anmeldung ist abgelaufen oder gehört zu einem anderen Browser.",
  onlyGetAndPost: "Diese Seite nimmt nur GET und POST an.",
  otherSite: "Das Formular kam von einer anderen Website.",
  formTooLarge: "Das Formular ist zu groß.",
  formInvalid: "Das Formular ist ungültig.",
  clientOutage:
    "{host}, wo diese Anwendung veröffentlicht ist, antwortet nicht. Versuchen Sie es gleich noch einmal.",
  outage:
    "Ein Dienst, den dieser Server braucht, antwortet nicht. Versuchen Sie es gleich noch einmal.",
};
