// Sign-in and consent bound to one browser, with a sign-in elsewhere between them
// (src/authorization-server/people).
//
// The victim and the attacker each have a browser. Either begins an authorization request, for
// the victim's own client or for one of the attacker's; the attacker can also make the victim's
// browser open any URL: a request of his own, a consent page or a callback that began in his
// browser. The page asks before anybody is sent on to the identity provider. The code that comes
// out carries the user who signed in, and goes to the client of the request.
//
// claim consent_first: The attacker's client never gets a code of the victim without the victim's consent to it.
// claim own_login: A browser never ends signed in as the user of another browser.
// claim one_code: One sign-in elsewhere gives at most one code.
// claim asked_here: A request that another site opened never gets a code without a page.
//
// mutation PAGE_UNBOUND breaks consent_first: the consent page accepts any browser that knows its URL
// mutation CALLBACK_UNBOUND breaks own_login: the callback does not compare the browser with the one that consented
// mutation STATE_TWICE breaks one_code: a state of the identity provider's answer can be used twice
// mutation CONSENT_PER_USER breaks consent_first: a consent holds for every client of that user
// mutation SILENT_FROM_ELSEWHERE breaks asked_here: a remembered consent answers a navigation of another site

#define VICTIM 0
#define ATTACKER 1
#define OWN 0          // the victim's client
#define EVIL 1         // the attacker's client
#define NONE 9

// A request for a code, known by its URL to whoever saw it.
typedef Request {
  byte begunBy;        // the browser whose cookie it carries
  byte client;
  bool elsewhere;      // another site opened it in that browser
  bool consented;
  byte consentedBy;    // the browser whose button was pressed
  byte signedIn;       // the user that the identity provider named
  byte codes;
  bool open
};

Request request[2];
bool remembered[2];    // the victim's earlier consents, by client
byte signedInAs[2];    // the session of each browser here
byte begun = 0;

bool stolenCode = false;
bool foreignLogin = false;
bool silentCode = false;

inline issue(r, user) {
  request[r].codes++;
  stolenCode = stolenCode ||
    (request[r].client == EVIL && user == VICTIM &&
      !(request[r].consented && request[r].consentedBy == VICTIM))
}

// A browser opens a request. With a remembered consent there is no page.
inline begin(browser, which, fromElsewhere) {
  atomic {
    if
    :: begun < 2 ->
      request[begun].begunBy = browser;
      request[begun].client = which;
      request[begun].elsewhere = fromElsewhere;
      request[begun].signedIn = NONE;
      request[begun].consentedBy = NONE;
      request[begun].open = true;
      if
#ifdef CONSENT_PER_USER
      :: signedInAs[browser] == VICTIM && (remembered[OWN] || remembered[EVIL]) && !fromElsewhere ->
#else
#ifdef SILENT_FROM_ELSEWHERE
      :: signedInAs[browser] == VICTIM && remembered[which] ->
#else
      :: signedInAs[browser] == VICTIM && remembered[which] && !fromElsewhere ->
#endif
#endif
        silentCode = silentCode || fromElsewhere;
        if
        :: which == EVIL && !remembered[EVIL] -> stolenCode = true
        :: else
        fi;
        request[begun].open = false
      :: else
      fi;
      begun++
    :: else
    fi
  }
}

// A button on the consent page of request r, pressed in a browser. People press what they asked
// for themselves; the victim never presses one of the attacker's client.
inline press(browser, r) {
  atomic {
    if
#ifdef PAGE_UNBOUND
    :: request[r].open && !request[r].consented ->
#else
    :: request[r].open && !request[r].consented && request[r].begunBy == browser ->
#endif
      request[r].consented = true;
      request[r].consentedBy = browser
    :: else
    fi
  }
}

// The browser comes back from the identity provider, signed in there as `user`.
inline callback(browser, r, user) {
  atomic {
    if
#ifdef CALLBACK_UNBOUND
    :: request[r].open && request[r].consented ->
#else
    :: request[r].open && request[r].consented && request[r].begunBy == browser ->
#endif
      request[r].signedIn = user;
      issue(r, user);
      foreignLogin = foreignLogin || (browser != user);
      signedInAs[browser] = user;
#ifndef STATE_TWICE
      request[r].open = false;
#endif
      if
      :: user == VICTIM && browser == VICTIM -> remembered[request[r].client] = true
      :: else
      fi
    :: else
    fi
  }
}

proctype victim() {
  byte steps = 0;
  byte r;
  do
  :: steps < 4 ->
    steps++;
    if
    :: true -> begin(VICTIM, OWN, false)
    // Links of the attacker: a request of either client, in the victim's browser.
    :: true -> begin(VICTIM, OWN, true)
    :: true -> begin(VICTIM, EVIL, true)
    // The same, pasted into the address bar: the browser names no other site.
    :: true -> begin(VICTIM, EVIL, false)
    :: true -> select(r : 0..1);
       if
       :: r < begun && request[r].client == OWN && !request[r].elsewhere -> press(VICTIM, r)
       :: else
       fi
    // The identity provider has a session and asks nothing, no matter which browser began the request.
    :: true -> select(r : 0..1);
       if :: r < begun -> callback(VICTIM, r, VICTIM) :: else fi
    // A callback URL with the attacker's own answer.
    :: true -> select(r : 0..1);
       if
       :: r < begun && request[r].consentedBy == ATTACKER -> callback(VICTIM, r, ATTACKER)
       :: else
       fi
    fi
  :: steps == 4 -> break
  od
}

proctype attacker() {
  byte steps = 0;
  byte r;
  do
  :: steps < 3 ->
    steps++;
    if
    :: true -> begin(ATTACKER, EVIL, false)
    :: true -> begin(ATTACKER, OWN, false)
    :: true -> select(r : 0..1); if :: r < begun -> press(ATTACKER, r) :: else fi
    :: true -> select(r : 0..1); if :: r < begun -> callback(ATTACKER, r, ATTACKER) :: else fi
    fi
  :: steps == 3 -> break
  od
}

init {
  atomic {
    signedInAs[VICTIM] = NONE;
    signedInAs[ATTACKER] = NONE;
    run victim();
    run attacker()
  }
}

ltl consent_first { [] !stolenCode }
ltl own_login { [] !foreignLogin }
ltl one_code { [] (request[0].codes <= 1 && request[1].codes <= 1) }
ltl asked_here { [] !silentCode }
