// An MCP session that an anonymous client opened, and who may use it (src/sessions).
//
// An anonymous client and two principals send requests that name the session, all of them
// interleaved. A request finds the session, waits for its decision, claims the session and is
// served. Meanwhile a token is revoked, and the server evicts the session when it is idle.
//
// claim owner_only: A request is served only as the session's owner of that moment.
// claim refusal_changes_nothing: A refused request never becomes the owner.
// claim once: The session changes its owner at most once.
// claim in_use_stays: The session is never evicted while a request is served in it.
// claim revocation_ends_it: After a revocation, the session of that principal ends.
//
// mutation CLAIM_BEFORE_DECISION breaks refusal_changes_nothing: the session is claimed when it is found
// mutation CLAIM_UNCHECKED breaks owner_only: a claim does not look whether another request came first
// mutation CLAIM_TWICE breaks once: a session with an owner can be claimed
// mutation EVICT_IN_USE breaks in_use_stays: eviction ignores running requests
// mutation CHECK_BEFORE_CLAIM breaks revocation_ends_it: a revocation fits between the last check and the claim
// mutation REVOKE_TOKEN_ONLY breaks revocation_ends_it: a revocation leaves open sessions alone

#define NOBODY 0
#define FIRST 1
#define SECOND 2

bool open = true;
byte owner = NOBODY;
byte changes = 0;
byte uses = 0;
bool revoked = false;

bool servedAnother = false;
bool refusedOwner = false;
bool evictedInUse = false;

inline change(who) {
  if
  :: owner != who -> owner = who; changes++
  :: else
  fi
}

// One client sends two requests one after the other.
proctype client(byte me) {
  byte sent = 0;
  bool found, allowed;
  do
  :: sent < 2 ->
    sent++;
    atomic {
      found = open && (owner == me || owner == NOBODY);
#ifdef CLAIM_TWICE
      found = open && me != NOBODY;
#endif
#ifdef CLAIM_BEFORE_DECISION
      if :: found -> change(me) :: else fi
#endif
    }
    if
    :: !found -> skip
    :: found ->
      // The decision takes time: introspection, the author's function, the rest of the body.
      if
      :: allowed = !(revoked && me == FIRST)
      :: allowed = false
      fi;
      atomic {
#ifndef CHECK_BEFORE_CLAIM
        // The last check and the claim are one step.
        allowed = allowed && !(revoked && me == FIRST);
#endif
        if
        :: !allowed ->
#ifdef CLAIM_BEFORE_DECISION
          refusedOwner = refusedOwner || (me != NOBODY && owner == me);
#endif
          skip
        :: allowed && !open -> skip
        :: allowed && open ->
#ifdef CLAIM_UNCHECKED
          if :: owner == NOBODY && me != NOBODY -> change(me) :: else fi;
          found = true;
#else
          if
          :: me != NOBODY && owner == NOBODY -> change(me)
#ifdef CLAIM_TWICE
          :: me != NOBODY && owner != NOBODY -> change(me)
#endif
          :: else
          fi;
          found = owner == me;
#endif
          if
          :: found -> uses++; servedAnother = servedAnother || owner != me
          :: else
          fi
        fi
      }
      if
      :: allowed && found && uses > 0 -> atomic { uses-- }
      :: else
      fi
    fi
  :: sent == 2 -> break
  od
}

// Someone revokes the first principal: what is open ends in the same step.
proctype revoker() {
  atomic {
    revoked = true;
#ifndef REVOKE_TOKEN_ONLY
    if :: owner == FIRST -> open = false :: else fi
#endif
  }
}

proctype evictor() {
  if
  :: atomic {
#ifdef EVICT_IN_USE
      open ->
#else
      open && uses == 0 ->
#endif
      evictedInUse = uses > 0;
      open = false
    }
  :: true
  fi
}

init {
  atomic {
    run client(NOBODY);
    run client(FIRST);
    run client(SECOND);
    run revoker();
    run evictor()
  }
}

ltl owner_only { [] !servedAnother }
ltl refusal_changes_nothing { [] !refusedOwner }
ltl once { [] (changes <= 1) }
ltl in_use_stays { [] !evictedInUse }
ltl revocation_ends_it { [] (revoked && owner == FIRST -> <> !open) }
