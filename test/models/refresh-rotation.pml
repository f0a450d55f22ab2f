// Rotation of refresh tokens with a replay window, over two server processes that may crash
// (docs/explanation/refresh.md, src/authorization-server/grants).
//
// A client refreshes; its response may be lost, and it retries within the window. A thief may
// hold a copy of one token. Each request reads the token, does its work and commits: the use, the
// successor and the response in one step, if the token is still as it was read. A process can
// crash before and after the commit. Another client may present the token, too.
//
// claim no_innocent_signout: Without a thief, the client is never signed out, whatever crashes or races.
// claim one_successor: A token never has two successors.
// claim theft_noticed: A used token that is presented after its window ends the family.
// claim nothing_after_the_end: When the family has ended, no token is issued any more.
// claim strangers_are_harmless: Another client that presents an unused token changes nothing.
//
// mutation CONSUME_FIRST breaks no_innocent_signout: the token is marked as used before the work is done
// mutation NO_CONDITION breaks one_successor: the commit does not look whether the token is still unused
// mutation NO_WINDOW breaks no_innocent_signout: every second use counts as theft
// mutation NO_REVOCATION breaks theft_noticed: reuse is refused, and the family lives on
// mutation COMMIT_AFTER_END breaks nothing_after_the_end: the commit does not look whether the family still exists
// mutation STRANGER_CONSUMES breaks strangers_are_harmless: the client is compared after the token was marked

#define GENERATIONS 3
#define CLIENT 0
#define THIEF 1
#define STRANGER 2

bool alive = true;
bool used[GENERATIONS];
// The stored response of a used token; it carries the successor.
bool answered[GENERATIONS];
byte successors[GENERATIONS];
bool windowOver[GENERATIONS];

byte newest = 0;       // the token that the client holds
byte stolen = 0;       // the token that the thief holds
bool thiefActed = false;
bool lateReuseAccepted = false;
bool issuedAfterEnd = false;
bool strangerChanged = false;
byte waiting = 0;      // requests of the client that are still due an answer

// One request with the token of generation g. `got` is the generation of the answer, or GENERATIONS.
inline present(who, g, got) {
  bool sawUsed, sawAlive;
  got = GENERATIONS;
  atomic {
    sawAlive = alive;
    sawUsed = used[g];
#ifdef CONSUME_FIRST
    if :: sawAlive && !sawUsed && who != STRANGER -> used[g] = true :: else fi;
#endif
#ifdef STRANGER_CONSUMES
    if :: sawAlive && !sawUsed && who == STRANGER -> used[g] = true; strangerChanged = true :: else fi;
#endif
  }
  if
  :: !sawAlive -> skip
  :: sawAlive && who == STRANGER && !sawUsed -> skip
  :: sawAlive && who == STRANGER && sawUsed ->
    // Whoever shows a used token under another client's name has stolen it.
    atomic { thiefActed = true; alive = false }
  :: sawAlive && who != STRANGER && sawUsed ->
    atomic {
#ifdef NO_WINDOW
      if
      :: true ->
#else
      if
      :: !windowOver[g] && answered[g] && alive -> got = g + 1
      :: else ->
#endif
        // Late, or without a response to repeat.
#ifdef NO_REVOCATION
        skip
#else
        alive = false
#endif
      fi;
      lateReuseAccepted = lateReuseAccepted || (windowOver[g] && alive)
    }
  :: sawAlive && who != STRANGER && !sawUsed ->
    // The work: client authentication, claims, signing. The process may crash here.
    if
    :: skip
    :: goto crashed
    fi;
    atomic {
      if
#ifdef NO_CONDITION
      :: alive ->
#else
#ifdef CONSUME_FIRST
      :: alive && !answered[g] ->
#else
#ifdef COMMIT_AFTER_END
      :: !used[g] ->
#else
      :: alive && !used[g] ->
#endif
#endif
#endif
        used[g] = true; answered[g] = true; successors[g]++; got = g + 1;
        issuedAfterEnd = issuedAfterEnd || !alive
      :: else ->
        // Another request has committed: its response, within the window.
        if
        :: alive && answered[g] && !windowOver[g] -> got = g + 1
        :: else
        fi
      fi
    };
    // The process may crash here, or the response is lost.
    if
    :: skip
    :: got = GENERATIONS
    fi
  fi;
crashed: skip
}

// The client sends each token up to three times, until it has an answer; two of the requests may overlap.
proctype client() {
  byte got, tries;
  do
  :: newest < GENERATIONS - 1 ->
    tries = 0;
    atomic { waiting++ };
    do
    :: tries < 3 ->
      tries++;
      present(CLIENT, newest, got);
      if
      :: got < GENERATIONS -> break
      :: else
      fi
    :: tries == 3 -> break
    od;
    atomic {
      waiting--;
      if :: got < GENERATIONS -> newest = got :: else -> break fi
    }
  :: else -> break
  od
}

// A second process of the same client that refreshes the same token at the same time.
proctype twin() {
  byte got, g;
  atomic { waiting > 0; g = newest; waiting++ };
  present(CLIENT, g, got);
  atomic { waiting-- }
}

proctype thief() {
  byte got;
  if
  :: true
  :: atomic { stolen = newest; thiefActed = true };
    do
    :: stolen < GENERATIONS - 1 ->
      present(THIEF, stolen, got);
      atomic { if :: got < GENERATIONS -> stolen = got :: else -> break fi }
    :: else -> break
    od
  fi
}

proctype stranger() {
  byte got;
  if
  :: true
  :: present(STRANGER, 0, got)
  fi
}

// The window of a used token ends once no request of the client waits for its answer.
proctype time() {
  byte g = 0;
  do
  :: g < GENERATIONS - 1 ->
    atomic { used[g] && waiting == 0 -> windowOver[g] = true; g++ }
  :: g == GENERATIONS - 1 -> break
  od
}

init {
  atomic {
    run client();
    run twin();
    run time();
    run thief();
    run stranger()
  }
}

ltl no_innocent_signout { [] (alive || thiefActed) }
ltl one_successor { [] (successors[0] <= 1 && successors[1] <= 1) }
ltl theft_noticed { [] !lateReuseAccepted }
ltl nothing_after_the_end { [] !issuedAfterEnd }
ltl strangers_are_harmless { [] !strangerChanged }
