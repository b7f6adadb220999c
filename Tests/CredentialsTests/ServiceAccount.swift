/// The key file of a service account that does not exist, with the RSA key of RFC 7515, appendix A.2.
enum ServiceAccount {
    static func json(
        type: String = "service_account", key: String = pem, tokenURL: String = "https://oauth2.example.com/token"
    ) -> String {
        """
        {"type": "\(type)", "client_email": "robot@example.iam.gserviceaccount.com", "private_key": "\(key)",
         "private_key_id": "k1", "token_uri": "\(tokenURL)"}
        """
    }

    /// With line breaks as JSON writes them.
    static let pem = """
        -----BEGIN PRIVATE KEY-----\\n\
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO\\n\
        jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL\\n\
        aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn\\n\
        juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5\\n\
        ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf\\n\
        toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg\\n\
        VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW\\n\
        PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G\\n\
        O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj\\n\
        kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6\\n\
        XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB\\n\
        4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K\\n\
        pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr\\n\
        0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE\\n\
        lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6\\n\
        kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP\\n\
        rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw\\n\
        kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp\\n\
        5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2\\n\
        9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/\\n\
        evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG\\n\
        yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj\\n\
        OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2\\n\
        tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3\\n\
        ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56\\n\
        03k2+ZQwVK0JKSHuLFkuQ3U=\\n\
        -----END PRIVATE KEY-----\\n\

        """

    /// The claim of 2026-11-22T17:44:01Z, as another implementation of RFC 7515 signs it.
    static let claim = """
        eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJhdWQiOiJodHRwczovL29hdXRoMi5leGFtcGxlLmNvbS90\
        b2tlbiIsImV4cCI6MTc5NTM3MzA0MSwiaWF0IjoxNzk1MzY5NDQxLCJpc3MiOiJyb2JvdEBleGFtcGxlLmlhbS5nc2VydmljZWFj\
        Y291bnQuY29tIiwic2NvcGUiOiJodHRwczovL3d3dy5nb29nbGVhcGlzLmNvbS9hdXRoL2Nsb3VkLXBsYXRmb3JtIn0.kNPpKKcW\
        jg9NqNDYBZVvG6aUoMtGVFRcXvVm1rRliSdhpUjUVA-hcAKGurC-IP17yXbKxJ3Ps2A66a_BVVcUF5S7SHQaNEwvN2p5-lyknHX_\
        HXYA3r7DIYcgdzPRbfBQwlJ_6R5riymc1XhegXlpOFuyg_dCHXELcH_e5BRJ9QTCcxhd-bqNl509LQ59H0-3pIUIdpVKL15kNrIX\
        02nbuPgRooIumImG5rGsqKiZuCg_T6ZCp2sgjjXqYc9QT7kafT-Vh6UJH7lZiN4MmijdCLGlCqWr-wlF-ionQsgYC7cm1c-625UQ\
        ZcuXpMtsMiQ_MR4bay6loJAT5FOU3hL_sg\

        """
}
