"""The issuer service: signs what an authentic register says, hands it to the holder's wallet, keeps nothing of it."""
